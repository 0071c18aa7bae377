"""Names of invented companies and people, Chinese and foreign, drawn from a seeded generator."""

from __future__ import annotations

import random

REGIONS = {
    "440100": "广州", "440300": "深圳", "310100": "上海", "320500": "苏州", "320200": "无锡",
    "330200": "宁波", "330100": "杭州", "320100": "南京", "370200": "青岛", "420100": "武汉",
    "510100": "成都", "500100": "重庆", "610100": "西安", "210200": "大连", "350200": "厦门",
    "430100": "长沙", "410100": "郑州", "120100": "天津", "110100": "北京", "340100": "合肥",
}  # fmt: skip
_SIGNS = (
    "华智光精工东海安盛恒远宏达鼎新瑞科泰力通德凯嘉润丰金源腾飞中天博思创联合兴隆昌永利邦铭"
    "诺威奥朗晟佳旭晨曦岳洋江山林森浩宇翔云龙凤祥富康健美乐家和平正方圆成功胜强高峰明亮星辰"
)
_TRADES = (
    "机械",
    "电气",
    "科技",
    "实业",
    "精密制造",
    "自动化设备",
    "塑料",
    "模具",
    "电子",
    "新材料",
)
_FORMS = ("有限公司", "有限公司", "有限公司", "股份有限公司", "有限责任公司", "集团有限公司")
_LATIN = (
    "ar ven tor mas lin dex pol fer cro vi sal ner gon tech ly bri stan mo ker wald hof berg ton"
).split()
_LATIN_TRADES = ("Machinery", "Systems", "Tools")
_LATIN_FORMS = ("GmbH", "Ltd.", "Inc.", "S.p.A.", "AG", "Co., Ltd.")
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰慧建国文斌志辉"


class Names:
    """Draws names; the same seed gives the same ones."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def region(self) -> str:
        return self.random.choice(list(REGIONS))

    def company(self, region: str) -> str:
        """One in ten is foreign."""
        draw = self.random
        if draw.random() < 0.1:
            brand = "".join(draw.choices(_LATIN, k=3)).capitalize()
            return f"{brand} {draw.choice(_LATIN_TRADES)} {draw.choice(_LATIN_FORMS)}"
        brand = "".join(draw.choices(_SIGNS, k=draw.choice((2, 2, 3, 3, 4))))
        place = f"{REGIONS[region]}市" if draw.random() < 0.6 else REGIONS[region]
        return f"{place}{brand}{draw.choice(_TRADES)}{draw.choice(_FORMS)}"

    def person(self) -> str:
        draw = self.random
        return draw.choice(_SURNAMES) + "".join(draw.choices(_GIVEN, k=draw.choice((1, 2, 2))))

    def phone(self) -> str:
        return f"0{self.random.randrange(20, 30)}{self.random.randrange(10**8):08}"

    def mobile(self) -> str:
        return f"13{self.random.randrange(10**9):09}"
