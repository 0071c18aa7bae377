"""Large cities, by name and usual other spelling, under the state or nation they lie in.

Capitals, and for the large economies the cities an industrial customer is likely to name: some
three hundred, from general knowledge. A city outside this list is a word like any other.
"""

from __future__ import annotations

from typing import Final

# `=` gives other spellings, `_` joins words. Chinese provinces are left out: places in Chinese
# characters are read by `regions`.
CITY_LINES: Final = """
us: new_york=new_york_city washington_dc=washington_d_c
new_york: manhattan brooklyn queens_new_york bronx buffalo albany syracuse
california: los_angeles san_diego san_francisco san_jose sacramento fresno oakland long_beach
california: palo_alto irvine
texas: houston dallas san_antonio austin fort_worth el_paso
illinois: chicago springfield_illinois
pennsylvania: philadelphia pittsburgh harrisburg
arizona: phoenix tucson
florida: miami orlando tampa jacksonville tallahassee
ohio: columbus cleveland cincinnati dayton toledo_ohio akron
michigan: detroit grand_rapids ann_arbor lansing
massachusetts: boston worcester_massachusetts cambridge_massachusetts
maryland: baltimore annapolis
tennessee: nashville memphis knoxville chattanooga
missouri: saint_louis kansas_city
minnesota: minneapolis saint_paul
wisconsin: milwaukee madison
indiana: indianapolis fort_wayne
north_carolina: charlotte raleigh durham_north_carolina greensboro
south_carolina: charleston_south_carolina columbia_south_carolina
virginia: richmond_virginia norfolk_virginia arlington_virginia
colorado: denver colorado_springs
oregon: portland salem_oregon
nevada: las_vegas reno
utah: salt_lake_city
oklahoma: tulsa oklahoma_city
louisiana: new_orleans baton_rouge
alabama: birmingham_alabama montgomery_alabama huntsville
kentucky: louisville lexington
nebraska: omaha
iowa: des_moines
new_jersey: newark jersey_city trenton
connecticut: hartford new_haven stamford
rhode_island: providence
new_mexico: albuquerque
hawaii: honolulu
alaska: anchorage
us: seattle spokane atlanta
ontario: toronto ottawa hamilton_ontario mississauga
quebec: montreal quebec_city
british_columbia: vancouver
alberta: calgary edmonton
manitoba: winnipeg
saskatchewan: regina saskatoon
nova_scotia: halifax
new_brunswick: fredericton
prince_edward_island: charlottetown
new_south_wales: sydney newcastle_new_south_wales
queensland: brisbane
australia: melbourne canberra
western_australia: perth
south_australia: adelaide
tasmania: hobart
northern_territory: darwin
new_zealand: auckland wellington christchurch
england: london birmingham manchester liverpool leeds sheffield bristol nottingham leicester
england: coventry southampton oxford cambridge newcastle_upon_tyne
scotland: edinburgh glasgow aberdeen dundee
wales: cardiff swansea
northern_ireland: belfast
ireland: dublin cork galway limerick
france: paris lyon=lyons marseille=marseilles toulouse lille bordeaux nantes strasbourg grenoble
germany: berlin hamburg frankfurt stuttgart dusseldorf=duesseldorf dortmund bremen leipzig
germany: hanover=hannover cologne=koln|koeln essen
bavaria: munich=munchen|muenchen nuremberg=nurnberg|nuernberg augsburg
saxony: dresden chemnitz
austria: vienna=wien graz linz salzburg
switzerland: zurich=zuerich geneva=geneve|genf basel=basle bern=berne lausanne
italy: rome=roma milan=milano turin=torino naples=napoli genoa=genova bologna venice=venezia
spain: madrid valencia seville=sevilla bilbao zaragoza
catalonia: barcelona
portugal: lisbon=lisboa porto=oporto
netherlands: amsterdam rotterdam the_hague=den_haag utrecht eindhoven
belgium: brussels=bruxelles|brussel antwerp=antwerpen ghent=gent
sweden: stockholm gothenburg=goteborg malmo
norway: oslo bergen
denmark: copenhagen=kobenhavn aarhus
finland: helsinki tampere
poland: warsaw=warszawa krakow=cracow wroclaw gdansk poznan
czech_republic: prague=praha brno ostrava
slovakia: bratislava
hungary: budapest
romania: bucharest=bucuresti
bulgaria: sofia
greece: athens thessaloniki
serbia: belgrade=beograd
croatia: zagreb
slovenia: ljubljana
ukraine: kyiv=kiev kharkiv lviv odessa
russia: moscow=moskva saint_petersburg novosibirsk yekaterinburg
turkey: istanbul ankara izmir
israel: tel_aviv jerusalem haifa
egypt: cairo alexandria
morocco: casablanca rabat
nigeria: lagos abuja
kenya: nairobi
south_africa: johannesburg cape_town durban pretoria
saudi_arabia: riyadh jeddah
uae: dubai abu_dhabi
qatar: doha
iran: tehran
iraq: baghdad
pakistan: karachi lahore islamabad
bangladesh: dhaka
india: mumbai=bombay delhi=new_delhi bangalore=bengaluru chennai=madras kolkata=calcutta hyderabad
india: pune ahmedabad
sri_lanka: colombo
thailand: bangkok
vietnam: hanoi ho_chi_minh_city=saigon
malaysia: kuala_lumpur penang
indonesia: jakarta surabaya
philippines: manila cebu
japan: tokyo osaka nagoya yokohama kyoto kobe fukuoka
south_korea: seoul busan incheon
taiwan: taipei kaohsiung taichung
china: beijing=peking shanghai guangzhou=canton shenzhen tianjin chongqing wuhan nanjing=nanking
china: hangzhou suzhou chengdu xian shenyang dalian qingdao
mexico: mexico_city=ciudad_de_mexico guadalajara monterrey
brazil: sao_paulo rio_de_janeiro brasilia belo_horizonte porto_alegre
argentina: buenos_aires cordoba_argentina
chile: santiago
colombia: bogota medellin
peru: lima
venezuela: caracas
"""
