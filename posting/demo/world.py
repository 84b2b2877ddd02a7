"""What the demo restaurants are, as data."""

from dataclasses import dataclass, field
from decimal import Decimal

PASSWORD = "demo-demo-demo"  # noqa: S105 - printed by `make up`; the command refuses to run in production


@dataclass(frozen=True)
class Dish:
    section: str
    name: str
    price: Decimal
    description: str
    photo: str = ""  # a drawing of assets.demo
    allergens: tuple[str, ...] = ()


@dataclass(frozen=True)
class Photo:
    drawing: str
    title: str
    folder: str
    alt: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class DemoPost:
    photos: tuple[str, ...]  # titles
    caption: str
    days: int | None  # from today at `hour`, the restaurant's time; None: now
    hour: int = 18
    dish: str = ""
    platforms: tuple[str, ...] = ("facebook", "instagram")


@dataclass(frozen=True)
class Restaurant:
    slug: str
    name: str
    timezone: str
    country: str
    plan: str
    page: str  # the Page of this name is connected, with its Instagram account
    person: str  # whose pretend Facebook login
    people: tuple[
        tuple[str, str, str, str], ...
    ]  # e-mail, first name, last name, role; the first is the owner
    brand: dict[str, object] = field(default_factory=dict)
    menu: tuple[Dish, ...] = ()
    photos: tuple[Photo, ...] = ()
    posts: tuple[DemoPost, ...] = ()


def _price(text: str) -> Decimal:
    return Decimal(text)


KRUSTY = Restaurant(
    slug="krusty-pizza",
    name="Krusty Pizza",
    timezone="America/Chicago",
    country="US",
    plan="pro",
    page="Krusty Pizza",
    person="100010000000001",
    people=(
        ("alice@krusty.example", "Alice", "Romano", "owner"),
        ("bob@krusty.example", "Bob", "Miller", "editor"),
    ),
    brand={
        "description": "A neighbourhood pizzeria with a wood oven from Naples. Dough rests for 48 hours.",
        "cuisine": "Neapolitan pizza",
        "city": "Logan Square, Chicago",
        "audience": "Families, couples and the late-night crowd of the neighbourhood",
        "voice": "Warm, a little cheeky, never shouting. Short sentences.",
        "tone": "casual",
        "words_to_use": ["wood-fired", "48-hour dough"],
        "words_to_avoid": ["cheap", "yummy"],
        "hashtags": ["KrustyPizza", "LoganSquareEats"],
        "hashtag_limit": 4,
        "call_to_action": "Book a table or walk in - the oven is on until eleven.",
    },
    menu=(
        Dish("Pizza", "Margherita", _price("13.50"), "San Marzano tomatoes, fior di latte, basil", "margherita pizza",
             ("gluten", "milk")),
        Dish("Pizza", "Pepperoni", _price("15.00"), "Cup-and-char pepperoni, mozzarella, oregano", "pepperoni slice",
             ("gluten", "milk")),
        Dish("Starters", "Garlic Knots", _price("6.50"), "Six knots, garlic butter, parsley", "garlic knots",
             ("gluten", "milk")),
        Dish("Starters", "Caesar Salad", _price("9.00"), "Romaine, parmesan, croutons, house dressing", "caesar salad",
             ("milk", "egg", "fish")),
        Dish("Desserts", "Tiramisu", _price("7.50"), "Mascarpone, espresso, cocoa", "tiramisu", ("milk", "egg", "gluten")),
        Dish("Drinks", "Basil Lemonade", _price("4.50"), "Lemon, basil, a little honey", "lemonade"),
    ),
    photos=(
        Photo("margherita pizza", "Margherita from above", "Mains", "A round pizza with tomato, mozzarella and basil",
              ("pizza", "margherita")),
        Photo("pepperoni slice", "Pepperoni slice", "Mains", "A slice of pepperoni pizza", ("pizza", "pepperoni")),
        Photo("garlic knots", "Garlic knots", "Appetizers", "Golden garlic knots with parsley", ("starter",)),
        Photo("caesar salad", "Caesar salad", "Appetizers", "A bowl of Caesar salad with croutons", ("salad",)),
        Photo("tiramisu", "Tiramisu", "Desserts", "A square of tiramisu dusted with cocoa", ("dessert",)),
        Photo("lemonade", "Basil lemonade", "Drinks", "A glass of lemonade with basil and ice", ("drink", "summer")),
        Photo("oven interior", "Our oven", "Restaurant", "Fire glowing inside a wood oven", ("oven", "behind the scenes")),
        Photo("storefront at dusk", "Dusk on our corner", "Restaurant", "The lit windows of the pizzeria at dusk",
              ("restaurant", "evening")),
    ),
    posts=(
        DemoPost(("Margherita from above",), "Tomato, fior di latte, basil. Our Margherita needs nothing else, and the"
                 " wood oven does the talking. See you tonight?", None, dish="Margherita"),
        DemoPost(("Our oven",), "Five in the afternoon, and the oven is at 430 degrees. The dough has been resting since"
                 " the day before yesterday.", None, platforms=("facebook",)),
        DemoPost(("Garlic knots", "Caesar salad"), "Two good ways to begin: Garlic Knots with too much parsley, or a"
                 " Caesar Salad that means it.", 1, 17),
        DemoPost(("Tiramisu",), "There is always room for Tiramisu. Mascarpone, espresso, a dusting of cocoa.", 3, 19,
                 dish="Tiramisu"),
        DemoPost(("Basil lemonade",), "Basil Lemonade, made this morning. Lemon, basil, a little honey, lots of ice.", 5,
                 12, dish="Basil Lemonade", platforms=("instagram",)),
    ),
)  # fmt: skip

BAKERY = Restaurant(
    slug="corner-bakery",
    name="Corner Bakery",
    timezone="Europe/Berlin",
    country="DE",
    plan="basic",
    page="",  # connects its Page itself: the first steps are shown
    person="100010000000002",
    people=(("charlie@bakery.example", "Charlie", "Baker", "owner"),),
    brand={
        "description": "Bread and sweet things, from six in the morning.",
        "cuisine": "Bakery",
        "city": "Berlin",
    },
    menu=(
        Dish("Bread", "Sourdough", _price("5.80"), "Rye and wheat, 24 hours", "sourdough", ("gluten",)),
        Dish("Sweet", "Croissant", _price("2.60"), "Butter, three turns", "croissant", ("gluten", "milk")),
        Dish(
            "Drinks",
            "Cappuccino",
            _price("3.40"),
            "Single origin, oat milk if you like",
            "cappuccino",
            ("milk",),
        ),
    ),
    photos=(
        Photo("croissant", "Croissants at six", "Desserts", "Golden croissants on a tray", ("sweet",)),
        Photo("sourdough", "Sourdough", "Mains", "A dark loaf of sourdough bread", ("bread",)),
        Photo("cappuccino", "Cappuccino", "Drinks", "A cup of cappuccino with latte art", ("coffee",)),
    ),
)

STAFF = ("dana@staff.example", "Dana", "Staff")
PARTNER = ("pat@agency.example", "Pat", "Porter", "Porter & Co")
RESTAURANTS = (KRUSTY, BAKERY)
