"""The copywriter's stock of lines, by tone. ``{dish}``, ``{place}``, ``{city}`` and ``{occasion}`` are filled
in.
"""

TONE_WORDS = {
    "playful": ("playful", "fun", "funny", "cheeky", "humor", "humour", "witty", "casual", "friendly"),
    "elegant": ("elegant", "fine", "luxur", "refined", "sophisticated", "premium", "formal", "professional"),
    "bold": ("bold", "excited", "energetic", "urgent", "promotional", "hype", "loud"),
    "warm": ("warm", "homely", "cozy", "cosy", "family", "traditional", "inviting"),
}
OPENINGS = {
    "warm": [
        "There is a table by the window and a {dish} with your name on it.",
        "{dish}, the way we make it for our own family.",
        "Some evenings ask for {dish}. This is one of them.",
        "Fresh from the kitchen at {place}: {dish}.",
        "We put the {dish} on the counter and the whole room turned around.",
        "Slow afternoon? {dish} helps.",
        "Our cook's favourite this week is {dish}.",
        "Bring someone you like. The {dish} is big enough for two.",
        "Good company, a full plate and {dish}.",
        "The first {dish} of the day just left the pass.",
        "If you have not tried our {dish} yet, start here.",
        "{dish}: simple, honest, and gone by eight most nights.",
        "Today smells of {dish} at {place}.",
        "You asked for {dish} again. We listened.",
    ],
    "playful": [
        "Warning: one {dish} usually leads to another.",
        "We would share our {dish}, but then we would not have it.",
        "Roses are red, violets are blue, this {dish} is waiting for you.",
        "Plot twist: you are having {dish} tonight.",
        "Our {dish} called. It is lonely.",
        "Diet starts tomorrow. {dish} starts now.",
        "Nobody has ever been sad near a {dish}.",
        "This {dish} has better angles than we do.",
        "Swipe right on {dish}.",
        "Tell your leftovers you have met {dish}.",
        "Breaking news from {place}: there is {dish}.",
        "Eat the {dish} first. Explain later.",
    ],
    "elegant": [
        "{dish}, prepared with patience and plated with care.",
        "A quiet table, a glass of something good, and {dish}.",
        "The season, on one plate: {dish}.",
        "{place} presents {dish}.",
        "Few ingredients, each at its best: our {dish}.",
        "An evening begins well with {dish}.",
        "Our kitchen's study in balance: {dish}.",
        "{dish}, served from six o'clock.",
        "For those who linger: {dish}.",
        "Restraint tastes like this. {dish} at {place}.",
    ],
    "bold": [
        "Stop scrolling. {dish} is on.",
        "Big flavour, no apologies: {dish}.",
        "Tonight. {dish}. You.",
        "{dish} like you have never had it!",
        "The {dish} everyone is talking about is back!",
        "Hungry? Good. {dish} is ready.",
        "Hot, fresh and out right now: {dish}!",
        "One bite of {dish} and you will get it.",
        "This is your sign: {dish} today.",
        "Loud flavours only. {dish} at {place}!",
    ],
}
ENDINGS = {
    "warm": [
        "See you soon at {place}.",
        "Come by, we keep the oven warm.",
        "Save a seat with a quick message.",
        "Who are you bringing?",
        "We are open tonight.",
        "Doors open, come as you are.",
        "Tell us how you like yours.",
    ],
    "playful": [
        "Tag the friend who owes you dinner.",
        "Your move.",
        "Forks up!",
        "Bring stretchy trousers.",
        "We will not judge.",
        "First bite is on your conscience.",
        "See you in ten minutes?",
    ],
    "elegant": [
        "Reservations are open.",
        "We look forward to welcoming you.",
        "Join us this evening.",
        "A table awaits at {place}.",
        "Until this evening.",
    ],
    "bold": [
        "Come and get it!",
        "Do not wait.",
        "Today only while it lasts.",
        "Grab yours at {place}!",
        "Get in here!",
    ],
}
OCCASIONS = [
    "Made for {occasion}.",
    "A good reason: {occasion}.",
    "For {occasion}, we go all in.",
    "{occasion} tastes better together.",
]
ALTS = [
    "A plate of {dish} on a wooden table",
    "Close-up of {dish}, freshly served",
    "{dish} on a white plate beside a folded napkin",
    "A hand reaching for a serving of {dish}",
]
FILLERS = [
    "Made fresh every day.",
    "We cook it to order.",
    "Come as you are.",
    "Ask us about it.",
    "Good food takes a little time.",
]
REASONS = [
    "{dish} sells best at this time of the week, and a close-up draws more saves than a wide shot.",
    "A quiet day: a question invites comments and keeps the Page active.",
    "Two days after a dish post, a look behind the counter gives variety.",
    "People decide about the weekend now, so {dish} with a clear invitation fits.",
    "Regulars answer to stories about people; it balances the posts about food.",
]
IDEAS = [
    "{dish}, up close",
    "Behind the counter",
    "Ask the cook about {dish}",
    "Meet the team",
    "A table for two",
    "The making of {dish}",
    "What regulars order",
    "Weekend plans",
    "From the oven: {dish}",
]
PHOTOS = [
    "Close-up of {dish} in daylight",
    "{dish} being carried to a table",
    "The kitchen pass with {dish} ready to go",
    "Hands sharing {dish}",
    "The dining room before opening",
]
TAGS = [
    "foodie",
    "eatlocal",
    "supportlocal",
    "instafood",
    "dinnertime",
    "lunchtime",
    "foodlover",
    "freshfood",
    "homemade",
    "chefsofinstagram",
    "tasty",
    "localrestaurant",
    "comfortfood",
    "weekendplans",
    "goodfood",
    "madefresh",
    "eatout",
]
EMOJI = ["🍕", "🍝", "🥗", "🍷", "🔥", "😋", "👩‍🍳", "🍅", "🌿", "🧀", "☕", "🥐"]
