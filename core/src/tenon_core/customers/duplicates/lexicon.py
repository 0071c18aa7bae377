"""General words of company names: legal forms, filler, trades, abbreviations, nations."""

from __future__ import annotations

from typing import Final

# Legal form as tokens without dots -> canonical form. Longest match first, from the end of the
# name. What different registries call by the same letters is one form.
LATIN_FORMS: Final[dict[tuple[str, ...], str]] = {
    tuple(words.split()): form
    for form, variants in {
        "ltd": (
            "ltd|limited|co ltd|company limited|company ltd|co limited|corp ltd|"
            "limited company|ltd co|co l t d"
        ),
        "pte-ltd": "pte ltd|pte limited|private limited|pvt ltd|pvt limited|pty ltd|pty limited",
        "proprietary": "pty|pvt|pte|proprietary limited",
        "bhd": "bhd|sdn bhd|berhad|sendirian berhad",
        "inc": "inc|incorporated|corp|corporation|co inc",
        "co": "co|company|cie|compagnie|& co|and co|and company",
        "llc": "llc|l l c|limited liability company",
        "llp": "llp|limited liability partnership",
        "lp": "lp|limited partnership",
        "plc": "plc|public limited company",
        "gmbh": "gmbh|mbh|gesellschaft mit beschrankter haftung|ges m b h|gesmbh|ggmbh",
        "gmbh-co-kg": (
            "gmbh co kg|gmbh and co kg|gmbh und co kg|gmbh co kgaa|gmbh and co kgaa|"
            "ag co kg|ag and co kg|ag and co kgaa|se and co kgaa|se co kgaa"
        ),
        "ag": "ag|aktiengesellschaft",
        "kg": "kg|kommanditgesellschaft",
        "kgaa": "kgaa",
        "ohg": "ohg",
        "gbr": "gbr",
        "ug": "ug|ug haftungsbeschrankt",
        "ek": "e k|e kfm|ek",
        "ev": "e v|ev",
        "eg": "eg",
        "se": "se",
        "sa": "sa|s a|sociedad anonima|societe anonyme|sociedade anonima",
        "sa-de-cv": "sa de cv|s a de c v|sab de cv|s a b de c v|sapi de cv",
        "srl-de-cv": "s de rl de cv|s de r l de c v",
        "sarl": "sarl|s a r l|s a rl|sa rl|eurl",
        "sas": "sas|s a s|sasu",
        "snc": "snc|s n c",
        "spa": "spa|s p a|societa per azioni",
        "srl": "srl|s r l|s r l s",
        "sl": "sl|s l|slu|s l u",
        "ltda": "ltda|limitada|cia ltda",
        "bv": "bv|b v|besloten vennootschap",
        "nv": "nv|n v|naamloze vennootschap",
        "ab": "ab|aktiebolag|publ ab|ab publ",
        "as": "as|a s|asa",
        "aps": "aps|anpartsselskab",
        "oy": "oy|oyj|oy ab",
        "kk": "kk|k k|kabushiki kaisha|kabushiki gaisha",
        "gk": "gk|g k|godo kaisha",
        "yk": "yk|y k|yugen kaisha",
        "pt": "pt|pt tbk|tbk",
        "ooo": "ooo|o o o",
        "ao": "ao|oao|zao|pao|pjsc|ojsc|cjsc|jsc|joint stock company",
        "spzoo": "sp z o o|sp z oo|sp zoo|spolka z o o|spolka z ograniczona odpowiedzialnoscia",
        "sro": "sro|s r o|spol s r o",
        "doo": "doo|d o o",
        "dd": "dd|d d",
        "kft": "kft",
        "nyrt": "rt|zrt|nyrt",
        "uab": "uab",
        "ou": "ou",
        "sia": "sia",
        "eood": "eood|ood",
        "fzco": "fzco|fze|fz llc|fzc",
        "wll": "wll|w l l",
        "as-tr": "anonim sirketi|a s ti|ltd sti|limited sirketi",
        "group": "group|holding|holdings|gruppe|groupe|gruppo|grupo|konzern",
    }.items()
    for words in variants.split("|")
}
LONGEST_FORM: Final = max(map(len, LATIN_FORMS))
# Forms that some countries put before the name.
LEADING_FORMS: Final = frozenset(("pt", "ooo", "ao", "uab", "sia", "ab", "oy", "ou", "kk", "sc"))

# Ordered: the first that ends the name is taken, then it is tried again on what is left.
HAN_FORMS: Final[tuple[tuple[str, str], ...]] = (
    ("股份有限责任公司", "股份有限公司"),
    ("有限责任股份公司", "股份有限公司"),
    ("股份有限公司", "股份有限公司"),
    ("有限责任公司", "有限公司"),
    ("股份公司", "股份有限公司"),
    ("有限公司", "有限公司"),
    ("责任有限公司", "有限公司"),
    ("集团公司", "集团"),
    ("控股公司", "集团"),
    ("总公司", "公司"),
    ("子公司", "公司"),
    ("有限合伙", "合伙企业"),
    ("普通合伙", "合伙企业"),
    ("合伙企业", "合伙企业"),
    ("个人独资企业", "个人独资企业"),
    ("个体工商户", "个体工商户"),
    ("株式会社", "株式会社"),
    ("有限会社", "有限会社"),
    ("合同会社", "合同会社"),
    ("主式会社", "株式会社"),
    ("公司", "公司"),
    ("集团", "集团"),
    ("控股", "集团"),
    ("股份", "股份有限公司"),
)
LEADING_HAN_FORMS: Final = ("株式会社", "有限会社", "合同会社")
BRANCH_ENDINGS: Final = ("分公司", "分厂", "分店", "分行", "分部", "办事处", "代表处", "营业部")

STOP_WORDS: Final = frozenset(
    "the of and for in at on to by a an de la le les el los las du des der die das und et y e "
    "do da dos das del della di von van het en i".split()
)

CONJUNCTIONS: Final = frozenset("and und et y e en".split())

# Words that name a trade rather than a company. They weigh as if one record in thirty had them
# when the table's own frequencies are not known.
LATIN_TRADES: Final = frozenset(
    "international global national industries industry industrial technology technologies tech "
    "systems solutions services service engineering manufacturing machinery equipment trading "
    "trade electronics electric enterprises enterprise products consulting logistics "
    "construction energy chemical medical automation china asia europe america worldwide center "
    "association university hospital department ministry institute office agency bureau "
    "foundation authority commission".split()
)
HAN_TRADES: Final = frozenset(
    "科技 技术 电气 电器 电子 电力 机械 机电 设备 装备 制造 工业 实业 贸易 商贸 进出口 国际 "
    "发展 投资 控股 建设 建筑 工程 材料 新材料 化工 化学 能源 新能源 环保 环境 信息 网络 软件 "
    "智能 自动化 仪器 仪表 医疗 医药 制药 药业 生物 食品 饮料 服饰 服装 纺织 家具 家居 汽车 "
    "汽配 零部件 物流 运输 供应链 文化 传媒 广告 教育 咨询 服务 管理 企业 商务 电子商务 农业 "
    "矿业 钢铁 金属 五金 塑料 塑胶 模具 橡胶 包装 印刷 玻璃 陶瓷 水泥 光电 光学 通信 通讯 "
    "半导体 新能 动力 轴承 阀门 泵业 电缆 电机 重工 精密 数控 机床 工具 置业 房地产 物业 酒店 "
    "餐饮 旅游 百货 超市 连锁 银行 保险 证券 基金 租赁 检测 认证 设计 装饰 照明 家电 日用品 "
    "化妆品 用品 玩具 礼品 珠宝 酒业 啤酒 茶业 乳业 粮油 水产 畜牧 种业 林业 纸业 集团 股份 "
    "产品 制品 系统 应用 研究院 研究所 厂 店 行 社 部 中心".split()
)
LONGEST_TRADE: Final = max(map(len, HAN_TRADES))

ABBREVIATIONS: Final[dict[str, str]] = dict(
    pair.split("=")
    for pair in (
        "intl=international natl=national govt=government dept=department univ=university "
        "inst=institute assoc=association assn=association bros=brothers mfg=manufacturing "
        "mfrs=manufacturers eng=engineering engg=engineering ind=industries inds=industries "
        "svc=service svcs=services mgmt=management ctr=center cntr=center hosp=hospital "
        "med=medical elec=electric chem=chemical tel=telephone comm=communications st=saint "
        "mt=mount ft=fort "
        "bldg=building rd=road ave=avenue blvd=boulevard hwy=highway ste=suite crt=court "
        "cres=crescent sq=square centre=center labour=labor defence=defense "
        "organisation=organization vlge=village gen=general fed=federal min=ministry "
        "admin=administration corpn=corporation grp=group dist=district reg=regional sys=systems "
        "tech=technology technologies=technology"
    ).split()
)
# What organisations are called in French, German, Italian, Portuguese and Spanish.
TRANSLATIONS: Final[dict[str, str]] = dict(
    pair.split("=")
    for pair in (
        "corporacion=corporation corporacao=corporation nacional=national nazionale=national "
        "nationale=national internacional=international internazionale=international "
        "internationale=international ministerio=ministry ministere=ministry ministero=ministry "
        "ministerium=ministry departamento=department departement=department "
        "dipartimento=department instituto=institute institut=institute istituto=institute "
        "agencia=agency agence=agency agenzia=agency agenzie=agency agentur=agency "
        "comision=commission comissao=commission commissione=commission kommission=commission "
        "consejo=council conseil=council conselho=council consiglio=council "
        "universidad=university universidade=university universite=university "
        "universita=university universitat=university hopital=hospital ospedale=hospital "
        "krankenhaus=hospital centro=center zentrum=center fundacion=foundation "
        "fundacao=foundation fondation=foundation fondazione=foundation stiftung=foundation "
        "servicio=service servico=service servizio=service servicios=services "
        "federacion=federation tecnologia=technology technologie=technology "
        "tecnologias=technology energia=energy energie=energy industria=industry "
        "industrie=industry industrias=industries ambiental=environmental "
        "ambientale=environmental protezione=protection proteccion=protection "
        "protecao=protection regionali=regional regionale=regional forestal=forest "
        "forestale=forest maquinaria=machinery maschinen=machinery banco=bank banca=bank "
        "banque=bank sociedad=society societa=society aeropuerto=airport flughafen=airport "
        "ferrocarril=railway ferrovie=railway puerto=port hafen=port"
    ).split()
)
# What a word of a name is read as.
READ_AS: Final = {**TRANSLATIONS, **ABBREVIATIONS}
# In an address `st` is a street.
ADDRESS_ABBREVIATIONS: Final = {**ABBREVIATIONS, "st": "street", "str": "street"}
