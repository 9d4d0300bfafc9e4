"""The invented companies and corporate families behind the example uploads.

Every name, D-U-N-S number, address and ticker here is made up. Web addresses use the
reserved `.example` domain.
"""
# ruff: noqa: RUF001 (names in Greek, Cyrillic and full-width letters are the point)

from dataclasses import dataclass, replace

NAICS_2022 = 37788
NAICS_2017 = 30832
NAICS_2012 = 24664
SIC_8 = 3599
SIC_1987 = 399
SIC_1972 = 1016
NACE = 29104
ISIC = 42726
MAJOR = 24657

INDUSTRY_SYSTEMS = {
    NAICS_2022: "North American Industry Classification System 2022",
    NAICS_2017: "North American Industry Classification System 2017",
    NAICS_2012: "North American Industry Classification System 2012",
    SIC_8: "D&B SIC, 8 digits",
    SIC_1987: "US SIC 1987",
    SIC_1972: "US SIC 1972, European version",
    NACE: "NACE Rev 2",
    ISIC: "ISIC Rev 4",
    MAJOR: "D&B major industry",
}

CONSOLIDATED = 9067
INDIVIDUAL = 9066
HEADQUARTERS_ONLY = 9068


@dataclass(frozen=True)
class Country:
    """What all addresses and amounts in one country have in common."""

    name: str
    continent: str
    currency: str
    dialling_code: str


COUNTRIES = {
    "AE": Country("United Arab Emirates", "Asia", "AED", "971"),
    "BG": Country("Bulgaria", "Europe", "EUR", "359"),
    "CN": Country("China", "Asia", "CNY", "86"),
    "CY": Country("Cyprus", "Europe", "EUR", "357"),
    "DE": Country("Germany", "Europe", "EUR", "49"),
    "ES": Country("Spain", "Europe", "EUR", "34"),
    "FI": Country("Finland", "Europe", "EUR", "358"),
    "FR": Country("France", "Europe", "EUR", "33"),
    "GB": Country("United Kingdom", "Europe", "GBP", "44"),
    "GR": Country("Greece", "Europe", "EUR", "30"),
    "JP": Country("Japan", "Asia", "JPY", "81"),
    "NO": Country("Norway", "Europe", "NOK", "47"),
    "PL": Country("Poland", "Europe", "PLN", "48"),
    "PT": Country("Portugal", "Europe", "EUR", "351"),
    "SE": Country("Sweden", "Europe", "SEK", "46"),
    "TH": Country("Thailand", "Asia", "THB", "66"),
    "TR": Country("Turkey", "Europe", "TRY", "90"),
    "US": Country("United States", "North America", "USD", "1"),
    "ZA": Country("South Africa", "Africa", "ZAR", "27"),
}

DOLLARS_PER_UNIT = {
    "AED": 0.27,
    "CNY": 0.14,
    "EUR": 1.1,
    "GBP": 1.3,
    "JPY": 0.0067,
    "NOK": 0.1,
    "TRY": 0.024,
    "USD": 1.0,
    "ZAR": 0.055,
}


@dataclass(frozen=True)
class Place:
    """An address; None means missing in the documents, too."""

    country: str
    locality: str
    postal_code: str | None
    line1: str | None
    line2: str | None = None
    region: str | None = None
    region_code: str | None = None


@dataclass(frozen=True)
class Entity:
    """What family trees and data blocks responses both say about a company.

    `staff` is the approximate headcount including subsidiaries.
    """

    duns: str
    name: str
    place: Place
    sic: str
    staff: int
    started: str | None = None
    parent: str | None = None
    is_branch: bool = False
    trade_styles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Family:
    """A corporate family: its members from the top down, and branches not listed."""

    members: tuple[Entity, ...]
    unlisted_branches: int = 0

    def member(self, duns: str) -> Entity:
        """Return the member with this D-U-N-S number."""
        return next(member for member in self.members if member.duns == duns)

    def ancestors(self, entity: Entity) -> list[Entity]:
        """Return the entity and all above it, the global ultimate last."""
        line = [entity]
        while line[-1].parent is not None:
            line.append(self.member(line[-1].parent))
        return line

    def children(self, entity: Entity) -> list[Entity]:
        """Return the members directly below the entity."""
        return [member for member in self.members if member.parent == entity.duns]

    def domestic_ultimate(self, entity: Entity) -> Entity:
        """Return the highest entity above (or the entity itself) in its country."""
        return [
            above for above in self.ancestors(entity) if above.place.country == entity.place.country
        ][-1]

    @property
    def global_ultimate(self) -> Entity:
        """The one member without a parent."""
        return next(member for member in self.members if member.parent is None)

    @property
    def total_count(self) -> int:
        """How many members there are, with all branches."""
        return len(self.members) + self.unlisted_branches


@dataclass(frozen=True)
class Listing:
    """One stock exchange row."""

    exchange: str
    symbol: str
    country: str | None
    is_primary: bool | None = None


@dataclass(frozen=True)
class Company:
    """An entity with its own data blocks.

    `industries` lists, for each classification, "<code> <description>" by priority.
    """

    entity: Entity
    web: str
    industries: dict[int, tuple[str, ...]]
    family: Family | None = None
    registered_name: str | None = None
    incorporated: str | None = None
    controlled_since: str | None = None
    fiscal_year_end: str | None = None
    has_lei: bool = False
    entity_type: tuple[str, int] = ("Corporation", 451)
    listings: tuple[Listing, ...] = ()
    employee_scopes: tuple[int, ...] = (CONSOLIDATED,)
    revenue_currencies: tuple[str, ...] = ("USD",)
    is_delisted: bool | None = False
    profile: str | None = None
    local_names: tuple[tuple[str, str], ...] = ()


CORVALINHO_FAMILY = Family(
    (
        Entity(
            "007314629",
            "Corvalinho Cortiças, S.G.P.S., S.A.",
            Place("PT", "Sobreda do Vouga", "3749-088", "Avenida dos Montados 210"),
            sic="2499 Wood products, not elsewhere classified",
            staff=3100,
            started="1931",
            trade_styles=("Corvalinho", "Corvalinho Cork"),
        ),
        Entity(
            "452207861",
            "Corvalinho Rolhas, Lda.",
            Place("PT", "Sobreda do Vouga", "3749-091", "Rua da Caldeira 7"),
            sic="2499 Wood products, not elsewhere classified",
            staff=900,
            started="1986-02",
            parent="007314629",
        ),
        Entity(
            "316604985",
            "Corchos Guadarroyo, S.L.",
            Place(
                "ES",
                "Villarroyo de la Sierra",
                "10529",
                "Camino del Alcornocal, s/n",
                "Nave 4",
                region="Cáceres",
            ),
            sic="0831 Forest products",
            staff=140,
            started="2004-11-15",
            parent="007314629",
        ),
        Entity(
            "081940257",
            "Cork Hollow Flooring, Inc.",
            Place(
                "US",
                "Larkhaven",
                "06999",
                "18 Tannery Loop",
                "Suite 300",
                region="Connecticut",
                region_code="CT",
            ),
            sic="5713 Floor covering stores",
            staff=410,
            started="1998",
            parent="007314629",
            trade_styles=("Cork Hollow",),
        ),
        Entity(
            "452207934",
            "Corvalinho Rolhas, Lda.",
            Place("PT", "Cais Novo de Aveiras", "3830-977", "Armazém 12"),
            sic="4225 General warehousing and storage",
            staff=35,
            parent="452207861",
            is_branch=True,
        ),
        Entity(
            "081940318",
            "Cork Hollow Flooring, Inc.",
            Place(
                "US", "Port Ellery", "04998", "2240 Causeway Road", region="Maine", region_code="ME"
            ),
            sic="5713 Floor covering stores",
            staff=22,
            started="2011-06",
            parent="081940257",
            is_branch=True,
        ),
    )
)

KIRIGAHAMA_FAMILY = Family(
    (
        Entity(
            "690481157",
            "霧ヶ浜精機株式会社",
            Place("JP", "霧ヶ浜市", "399-9901", "港町三丁目8番2号", region="長野県"),
            sic="3541 Machine tools, metal cutting types",
            staff=9800,
            started="1948-09-03",
            trade_styles=("KIRIGAHAMA",),
        ),
        Entity(
            "690482206",
            "霧ヶ浜エンジニアリング株式会社",
            Place("JP", "霧ヶ浜市", "399-9904", "桜台一丁目1番", region="長野県"),
            sic="8711 Engineering services",
            staff=640,
            started="1972",
            parent="690481157",
        ),
        Entity(
            "314075528",
            "Kirigahama Precision Europe GmbH",
            Place("DE", "Niederalmrode", "99998", "Werkzeugstraße 5"),
            sic="5084 Industrial machinery and equipment",
            staff=1500,
            started="1991-04-01",
            parent="690481157",
        ),
        Entity(
            "659903417",
            "บริษัท คิริกาฮามะ พรีซิชั่น (ประเทศไทย) จำกัด",
            Place("TH", "บางตะไคร้", "20999", "88/9 หมู่ 4", region="ชลบุรี"),
            sic="3545 Machine tool accessories",
            staff=720,
            started="2013-10",
            parent="690481157",
        ),
        Entity(
            "421766830",
            "雾滨精密机械（苏州）有限公司",
            Place("CN", "苏州市", "215999", "工业园区星桥路66号", region="江苏省"),
            sic="3541 Machine tools, metal cutting types",
            staff=530,
            started="2006-05-18",
            parent="690481157",
        ),
        Entity(
            "327150944",
            "Wiesengrunder Drehteile GmbH & Co. KG",
            Place("DE", "Wiesengrund am Forst", "09999", "An der Spindel 3"),
            sic="3451 Screw machine products",
            staff=380,
            started="1926",
            parent="314075528",
            trade_styles=("Wiesengrunder",),
        ),
        Entity(
            "690485573",
            "霧ヶ浜エンジニアリング株式会社",
            Place("JP", "豊岬町", "879-9902", "工場通り5番", region="大分県"),
            sic="3541 Machine tools, metal cutting types",
            staff=210,
            parent="690482206",
            is_branch=True,
        ),
        Entity(
            "356620195",
            "Kirigahama Precision Nordic AB",
            Place("SE", "Björkenäs", "199 98", "Svarvargatan 21"),
            sic="5084 Industrial machinery and equipment",
            staff=160,
            started="2001-01-22",
            parent="314075528",
        ),
        Entity(
            "268847301",
            "Outillage du Haut-Valserin S.A.S.",
            Place("FR", "Valserin-les-Forges", "39998", "14 rue des Tourneurs"),
            sic="3545 Machine tool accessories",
            staff=95,
            started="1967-07",
            parent="314075528",
        ),
        Entity(
            "327150998",
            "Wiesengrunder Drehteile GmbH & Co. KG",
            Place("DE", "Chemnitzbrück", "09997", "Am alten Gaswerk 40", "Halle B"),
            sic="3451 Screw machine products",
            staff=60,
            parent="327150944",
            is_branch=True,
        ),
        Entity(
            "524389076",
            "Wiesengrunder Polska Sp. z o.o.",
            Place("PL", "Łąkowiec Górny", "58-999", "ul. Tokarska 9"),
            sic="3451 Screw machine products",
            staff=120,
            started="2017-03-08",
            parent="327150944",
        ),
        Entity(
            "369013742",
            "Hienokara Oy",
            Place("FI", "Sorvila", None, None),
            sic="3545 Machine tool accessories",
            staff=45,
            started="1983",
            parent="356620195",
        ),
    )
)

AIGALIS_FAMILY = Family(
    (
        Entity(
            "498230716",
            "Αιγαλίς Ναυτιλιακή Α.Ε.",
            Place("GR", "Νέο Λιμάνι", "185 99", "Ακτή Φανού 14", region="Αττική"),
            sic="4412 Deep sea foreign transportation of freight",
            staff=1250,
            started="1959",
        ),
        Entity(
            "498231184",
            "Αιγαλίς Διαχείριση Πλοίων Μ.Ε.Π.Ε.",
            Place("GR", "Νέο Λιμάνι", "185 99", "Ακτή Φανού 16", region="Αττική"),
            sic="8741 Management services",
            staff=310,
            started="1994-12",
            parent="498230716",
        ),
        Entity(
            "561098423",
            "Aigalis Chartering (Cyprus) Limited",
            Place("CY", "Limenari", "3999", "7 Harbour Arcade"),
            sic="4731 Freight transportation arrangement",
            staff=240,
            started="1996-03-19",
            parent="498230716",
        ),
        Entity(
            "533617209",
            "Aigalis Denizcilik Türkiye Merkez Şubesi",
            Place("TR", "Yalıköy", "34999", "Rıhtım Caddesi 31", region="İstanbul"),
            sic="4499 Water transportation services",
            staff=28,
            started="2009",
            parent="498230716",
            is_branch=True,
        ),
        Entity(
            "557204861",
            "شركة خليج القنديل للخدمات البحرية ذ.م.م",
            Place("AE", "ميناء القنديل", None, "شارع المرفأ، مبنى ٩"),
            sic="4491 Marine cargo handling",
            staff=130,
            started="2015-08",
            parent="561098423",
        ),
    ),
    unlisted_branches=3,
)

CORVALINHO = Company(
    CORVALINHO_FAMILY.member("007314629"),
    family=CORVALINHO_FAMILY,
    web="corvalinho.example",
    registered_name="CORVALINHO CORTIÇAS, S.G.P.S., S.A.",
    incorporated="1931-05-20",
    controlled_since="1987",
    fiscal_year_end="2025-12-31",
    has_lei=True,
    industries={
        NAICS_2022: (
            "321999 All other miscellaneous wood products",
            "321999 All other miscellaneous wood products",
            "423310 Lumber, plywood and panel wholesalers",
        ),
        SIC_8: ("24990600 Cork products", "50310900 Wood panels, wholesale"),
        SIC_1987: (
            "2499 Wood products, not elsewhere classified",
            "2499 Wood products, not elsewhere classified",
            "5031 Lumber and plywood, wholesale",
        ),
        NACE: ("1629 Other products of wood, cork and straw",),
        ISIC: ("1629 Other products of wood, cork and straw",),
        MAJOR: ("D Manufacturing",),
    },
    listings=(
        Listing("Euronext Lisbon", "CRVL", "PT", is_primary=True),
        Listing("Frankfurt", "C7V", "DE"),
        Listing("LSE", "00CV", None),
    ),
    employee_scopes=(CONSOLIDATED, HEADQUARTERS_ONLY),
    revenue_currencies=("EUR", "USD"),
    profile="<p>Strips, boils and stamps cork from its own oak groves.</p>",
)

CORVALINHO_IN_MARCH = replace(
    CORVALINHO,
    entity=replace(
        CORVALINHO.entity, place=Place("PT", "Sobreda do Vouga", "3749-090", "Largo da Estação 2")
    ),
    registered_name=None,
    industries={
        NAICS_2022: (
            "321999 All other miscellaneous wood products",
            "423310 Lumber, plywood and panel wholesalers",
        ),
        SIC_1987: ("2499 Wood products, not elsewhere classified",),
        NACE: ("1629 Other products of wood, cork and straw",),
    },
    listings=CORVALINHO.listings[:2],
    revenue_currencies=("USD", "EUR"),
    profile=None,
)

GUADARROYO = Company(
    CORVALINHO_FAMILY.member("316604985"),
    family=CORVALINHO_FAMILY,
    web="guadarroyo.example",
    registered_name="CORCHOS GUADARROYO SOCIEDAD LIMITADA",
    incorporated="2004-11-15",
    controlled_since="2012-07",
    fiscal_year_end="2025-09-30",
    industries={
        NAICS_2022: (
            "113210 Forest nurseries and gathering of forest products",
            "321999 All other miscellaneous wood products",
        ),
        SIC_8: ("08310100 Gathering of forest products",),
        SIC_1987: ("0831 Forest products",),
        NACE: ("0230 Gathering of wild growing non-wood products",),
        MAJOR: ("A Agriculture, forestry and fishing",),
    },
    employee_scopes=(INDIVIDUAL,),
    revenue_currencies=("EUR",),
)

CORK_HOLLOW = Company(
    CORVALINHO_FAMILY.member("081940257"),
    family=CORVALINHO_FAMILY,
    web="corkhollow.example",
    registered_name="CORK HOLLOW FLOORING INC",
    incorporated="1998-10-02",
    controlled_since="2016-01",
    fiscal_year_end="2026-01-31",
    industries={
        NAICS_2022: (
            "449121 Floor covering retailers",
            "449121 Floor covering retailers",
            "238330 Flooring contractors",
        ),
        NAICS_2017: ("442210 Floor covering stores",),
        NAICS_2012: ("442210 Floor covering stores",),
        SIC_8: ("57130000 Floor covering stores",),
        SIC_1987: ("5713 Floor covering stores", "1752 Floor laying"),
        MAJOR: ("G Retail trade",),
    },
    employee_scopes=(INDIVIDUAL, CONSOLIDATED),
)

KIRIGAHAMA = Company(
    KIRIGAHAMA_FAMILY.member("690481157"),
    family=KIRIGAHAMA_FAMILY,
    web="kirigahama.example",
    registered_name="霧ヶ浜精機株式会社",
    incorporated="1948-09-03",
    controlled_since="1948-09",
    fiscal_year_end="2026-03-31",
    has_lei=True,
    industries={
        NAICS_2022: (
            "333517 Machine tool manufacturing",
            "333517 Machine tool manufacturing",
            "332991 Ball and roller bearing manufacturing",
        ),
        SIC_8: ("35410200 Lathes",),
        SIC_1987: ("3541 Machine tools, metal cutting", "3562 Ball bearings"),
        ISIC: ("2822 Metal-forming machinery and machine tools",),
        NACE: ("2841 Metal forming machinery",),
        MAJOR: ("D Manufacturing",),
    },
    listings=(
        Listing("OTC Markets", "KGHMY", None),
        Listing("Tokyo", "497Z", "JP", is_primary=True),
    ),
    employee_scopes=(HEADQUARTERS_ONLY, CONSOLIDATED, INDIVIDUAL),
    revenue_currencies=("USD", "JPY"),
    local_names=(("霧ヶ浜精機株式会社", "Japanese"), ("Kirigahama Seiki Co., Ltd.", "English")),
)

WUBIN = Company(
    KIRIGAHAMA_FAMILY.member("421766830"),
    family=KIRIGAHAMA_FAMILY,
    web="wubin.example",
    registered_name="雾滨精密机械（苏州）有限公司",
    incorporated="2006-05-18",
    controlled_since="2006",
    fiscal_year_end="2025-12-31",
    industries={
        NAICS_2022: ("333517 Machine tool manufacturing",),
        ISIC: ("2822 Metal-forming machinery and machine tools",),
        SIC_1987: ("3541 Machine tools, metal cutting",),
        MAJOR: ("D Manufacturing",),
    },
    revenue_currencies=("CNY", "USD"),
    local_names=(("雾滨精密机械（苏州）有限公司", "Chinese"),),
)

WIESENGRUNDER = Company(
    KIRIGAHAMA_FAMILY.member("327150944"),
    family=KIRIGAHAMA_FAMILY,
    web="wiesengrunder.example",
    registered_name="WIESENGRUNDER DREHTEILE GMBH & CO. KG",
    entity_type=("Partnership", 452),
    controlled_since="2008-06-30",
    fiscal_year_end="2025-12-31",
    industries={
        NAICS_2022: ("332721 Precision turned product manufacturing",),
        NACE: ("2562 Machining", "2562 Machining"),
        SIC_1987: ("3451 Screw machine products",),
        SIC_1972: ("3451 Screw machine products",),
        MAJOR: ("D Manufacturing",),
    },
    employee_scopes=(CONSOLIDATED, INDIVIDUAL),
    revenue_currencies=("EUR", "USD"),
)

AIGALIS = Company(
    AIGALIS_FAMILY.member("498230716"),
    family=AIGALIS_FAMILY,
    web="aigalis.example",
    registered_name="ΑΙΓΑΛΙΣ ΝΑΥΤΙΛΙΑΚΗ ΑΝΩΝΥΜΗ ΕΤΑΙΡΕΙΑ",
    incorporated="1959",
    controlled_since="1959",
    fiscal_year_end="2025-12-31",
    has_lei=True,
    industries={
        NAICS_2022: (
            "483111 Deep sea freight transportation",
            "488510 Freight transportation arrangement",
        ),
        NACE: ("5020 Sea and coastal freight water transport",),
        SIC_1987: (
            "4412 Deep sea foreign transportation of freight",
            "4412 Deep sea foreign transportation of freight",
        ),
        MAJOR: ("E Transportation and public utilities",),
    },
    listings=(Listing("Athens", "AIGLS", "GR", is_primary=True),),
    employee_scopes=(HEADQUARTERS_ONLY, CONSOLIDATED),
    revenue_currencies=("USD", "EUR"),
    local_names=(("Aigalis Shipping S.A.", "English"),),
)

AIGALIS_TURKEY = Company(
    AIGALIS_FAMILY.member("533617209"),
    family=AIGALIS_FAMILY,
    web="aigalis.example",
    entity_type=("Unknown", 0),
    industries={
        NAICS_2022: ("488330 Navigational services to shipping",),
        SIC_1987: ("4499 Water transportation services",),
    },
    employee_scopes=(INDIVIDUAL,),
    revenue_currencies=(),
)

KHALIJ_AL_QANDIL = Company(
    AIGALIS_FAMILY.member("557204861"),
    family=AIGALIS_FAMILY,
    web="qandil.example",
    incorporated="2015-08-11",
    industries={
        NAICS_2022: ("488320 Marine cargo handling",),
        ISIC: ("5224 Cargo handling",),
        SIC_1987: ("4491 Marine cargo handling",),
    },
    revenue_currencies=("AED", "USD"),
)

STURCHEV = Company(
    Entity(
        "552730198",
        "Сиренарница Стурчев и дъщери ООД",
        Place("BG", "Горно Сиреново", "4999", "ул. Мандрата 6", region="Пловдив"),
        sic="2022 Natural and processed cheese",
        staff=64,
        started="1992-03",
    ),
    web="sturchev.example",
    registered_name="СТУРЧЕВ И ДЪЩЕРИ ООД",
    incorporated="1992-03-17",
    controlled_since="1992",
    fiscal_year_end="2025-12-31",
    industries={
        NACE: ("1051 Operation of dairies and cheese making",),
        NAICS_2022: ("311513 Cheese manufacturing",),
        SIC_1987: ("2022 Natural and processed cheese",),
    },
    revenue_currencies=("EUR", "USD"),
    is_delisted=True,
)

THISTLEWICK = Company(
    Entity(
        "224918063",
        "Thistlewick & Crane Bindery Ltd",
        Place("GB", "Nether Quillham", "ZZ9 9ZZ", "Old Paper Mill", "Goosegate", region="Rutland"),
        sic="2789 Bookbinding and related work",
        staff=18,
        started="1884",
        trade_styles=("The Quill Press", "T&C"),
    ),
    web="thistlewick.example",
    registered_name="THISTLEWICK & CRANE BINDERY LIMITED",
    incorporated="1921-08-04",
    controlled_since="1999-11",
    fiscal_year_end="2026-03-31",
    industries={
        NAICS_2022: ("323120 Support activities for printing",),
        NACE: ("1814 Binding and related services",),
        SIC_8: ("27890000 Bookbinding and related work",),
        SIC_1987: ("2789 Bookbinding and related work",),
    },
    employee_scopes=(INDIVIDUAL, CONSOLIDATED),
    revenue_currencies=("GBP", "USD"),
    is_delisted=None,
)

MARULAKLOOF = Company(
    Entity(
        "060275518",
        "Marulakloof Agri-Logistics Ltd",
        Place("ZA", "Marulakloof", "0999", "Silo Road 1", region="Limpopo", region_code="LP"),
        sic="4221 Farm product warehousing and storage",
        staff=870,
        started="1975",
    ),
    web="marulakloof.example",
    registered_name="MARULAKLOOF AGRI-LOGISTICS LIMITED",
    incorporated="1975-10",
    controlled_since="2003-02-14",
    fiscal_year_end="2025-06-30",
    has_lei=True,
    industries={
        NAICS_2022: (
            "493130 Farm product warehousing and storage",
            "484220 Specialized freight trucking, local",
        ),
        SIC_8: ("42210100 Grain elevators, storage only",),
        SIC_1987: (
            "4221 Farm product warehousing and storage",
            "4212 Local trucking without storage",
        ),
        MAJOR: ("E Transportation and public utilities",),
    },
    listings=(Listing("JSE", "MRKL", "ZA", is_primary=True), Listing("A2X", "MRKL", "ZA")),
    revenue_currencies=("ZAR", "USD"),
)

SKARVOY = Company(
    Entity(
        "041870265",
        "Skarvøylys Energi AS",
        Place("NO", "Skarvøy", "9998", "Fyrveien 3"),
        sic="4911 Electric services",
        staff=41,
        started="1952",
    ),
    web="skarvoylys.example",
    registered_name="SKARVØYLYS ENERGI AS",
    industries={SIC_1987: ("4911 Electric services",)},
    revenue_currencies=("NOK", "USD"),
)
