"""Nations, states of large federations, large cities: by name, adjective, usual short form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tenon_core.customers.duplicates.cities import CITY_LINES
from tenon_core.customers.duplicates.regions import PARENTS

# One nation a line: its token, then what else stands for it; `_` joins words.
_NATIONS: Final = """
us: usa american united_states united_states_of_america u_s america
uk: united_kingdom british great_britain britain
china: chinese prc peoples_republic_of_china
taiwan: taiwanese republic_of_china chinese_taipei
south_korea: republic_of_korea rok korea korean south_korean
north_korea: dprk democratic_peoples_republic_of_korea north_korean
russia: russian russian_federation
germany: german deutschland deutsche deutscher deutsches federal_republic_of_germany
france: french francaise francais
italy: italian italia italiana italiano
spain: spanish espana espanola espanol
portugal: portuguese
netherlands: dutch nederland nederlandse holland
belgium: belgian
luxembourg:
switzerland: swiss schweiz schweizerische suisse
austria: austrian osterreich osterreichische
sweden: swedish sverige svenska
norway: norwegian norge norsk norske
denmark: danish danmark dansk danske
finland: finnish suomi suomen
iceland: icelandic
ireland: irish republic_of_ireland eire
poland: polish polska
czech_republic: czech czechia
slovakia: slovak
slovenia: slovenian
hungary: hungarian magyar
romania: romanian
bulgaria: bulgarian
greece: greek hellenic
cyprus: cypriot
malta: maltese
turkey: turkish turkiye
ukraine: ukrainian
belarus: belarusian
moldova: moldovan
serbia: serbian
croatia: croatian
bosnia: bosnian bosnia_and_herzegovina
montenegro: montenegrin
macedonia: north_macedonia macedonian
albania: albanian
kosovo:
estonia: estonian
latvia: latvian
lithuania: lithuanian
georgia: georgian
armenia: armenian
azerbaijan: azerbaijani
kazakhstan: kazakh
uzbekistan: uzbek
mongolia: mongolian
israel: israeli
palestine: palestinian
jordan: jordanian
lebanon: lebanese
syria: syrian
iran: iranian islamic_republic_of_iran
iraq: iraqi
saudi_arabia: saudi
uae: united_arab_emirates emirati emirates
qatar: qatari
kuwait: kuwaiti
oman: omani
bahrain: bahraini
yemen: yemeni
afghanistan: afghan
india: indian
pakistan: pakistani
bangladesh: bangladeshi
sri_lanka: sri_lankan
nepal: nepalese nepali
japan: japanese nippon nihon
philippines: philippine filipino
indonesia: indonesian
malaysia: malaysian
singapore: singaporean
thailand: thai
vietnam: vietnamese viet_nam
cambodia: cambodian
laos: lao
myanmar: burma burmese
australia: australian
new_zealand:
fiji: fijian
papua_new_guinea:
canada: canadian
mexico: mexican mexicana mexicano
brazil: brazilian brasil brasileira
argentina: argentine argentinian
chile: chilean
colombia: colombian
peru: peruvian
venezuela: venezuelan
ecuador: ecuadorian
bolivia: bolivian
uruguay: uruguayan
paraguay: paraguayan
cuba: cuban
jamaica: jamaican
guatemala: guatemalan
costa_rica: costa_rican
panama: panamanian
puerto_rico: puerto_rican
egypt: egyptian
morocco: moroccan
algeria: algerian
tunisia: tunisian
libya: libyan
sudan: sudanese
south_sudan:
ethiopia: ethiopian
kenya: kenyan
uganda: ugandan
tanzania: tanzanian
rwanda: rwandan
ghana: ghanaian
nigeria: nigerian
senegal: senegalese
mauritania: mauritanian
cameroon: cameroonian
angola: angolan
mozambique: mozambican
zambia: zambian
zimbabwe: zimbabwean
namibia: namibian
botswana:
mauritius: mauritian
south_africa: south_african rsa
"""

# One nation a line, then its states; `=` gives the usual short form.
_STATES: Final = """
uk: england=english scotland=scottish wales=welsh northern_ireland
china: hong_kong=hongkong macau=macao tibet
us: alabama alaska arizona arkansas california colorado connecticut delaware florida hawaii idaho
us: illinois indiana iowa kansas kentucky louisiana maine maryland massachusetts michigan minnesota
us: mississippi missouri montana nebraska nevada new_hampshire new_jersey new_mexico north_carolina
us: north_dakota ohio oklahoma oregon pennsylvania rhode_island south_carolina south_dakota
us: tennessee texas utah vermont virginia west_virginia wisconsin wyoming
canada: ontario quebec british_columbia=bc alberta manitoba saskatchewan nova_scotia new_brunswick
canada: newfoundland prince_edward_island=pei yukon
australia: new_south_wales=nsw queensland=qld tasmania western_australia south_australia
australia: northern_territory
germany: bavaria=bayern saxony=sachsen hesse=hessen thuringia brandenburg
spain: catalonia=catalunya andalusia=andalucia
"""


def _read() -> tuple[dict[tuple[str, ...], str], dict[str, str], frozenset[str]]:
    tokens: dict[tuple[str, ...], str] = {}
    parents: dict[str, str] = {}
    for line in _NATIONS.strip().splitlines():
        nation, _, variants = line.partition(":")
        parents[nation] = ""
        for variant in (nation, *variants.split()):
            tokens[tuple(variant.split("_"))] = nation
    for place, parent, spellings in (*_below(_STATES), *_below(CITY_LINES)):
        parents.setdefault(place, parent)
        for variant in spellings:
            tokens.setdefault(tuple(variant.split("_")), place)
    cities = frozenset(place for place, _parent, _spellings in _below(CITY_LINES))
    return tokens, parents, cities


def _below(lines: str) -> Iterator[tuple[str, str, list[str]]]:
    for line in lines.strip().splitlines():
        parent, _, listed = line.partition(":")
        for entry in listed.split():
            place, _, others = entry.partition("=")
            yield place, parent, [place, *filter(None, others.split("|"))]


# Words of a place -> its token, by which `Sweden`, `Swedish` and `Sverige` agree.
PLACE_TOKENS, _LATIN_PARENTS, CITIES = _read()
LONGEST_PLACE: Final = max(map(len, PLACE_TOKENS))
PLACES: Final = frozenset(_LATIN_PARENTS) - CITIES
_PARENTS: Final = {**PARENTS, **_LATIN_PARENTS}


def apart(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether both name places and none of one is, holds or lies in a place of the other."""
    if not one or not other:
        return False
    return not any(a == b or within(a, b) or within(b, a) for a in one for b in other)


def within(place: str, larger: str) -> bool:
    """Whether `place` lies in `larger`, at any level; not for a place itself."""
    while place := _PARENTS.get(place, ""):
        if place == larger:
            return True
    return False
