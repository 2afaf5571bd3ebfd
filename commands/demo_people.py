"""Who lives in the demo, and what they say to each other: the words of `demo.py`, nothing else."""

from dataclasses import dataclass

PASSWORD = "gulls over the pier"  # noqa: S105 - known to everybody, see demo.py


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the demo."""

    username: str
    name: str
    bio: str
    fields: tuple[tuple[str, str], ...] = ()
    is_locked: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """What somebody says; `answers` is the number of a line before it in the same talk."""

    author: str
    text: str
    answers: int | None = None
    likes: tuple[str, ...] = ()
    boosts: tuple[str, ...] = ()
    visibility: str = "public"
    summary: str = ""
    language: str = "en"


PEOPLE = (
    Person(
        "alice",
        "Alice Tern",
        "Counts seabirds for a living and bread rolls for fun. #birds #bread",
        (("Pronouns", "she/her"), ("Home", "A harbour with many gulls")),
    ),
    Person("bob", "Bob Anchor", "Mends boats. Slowly, but they float."),
    Person("carla", "Carla Dune", "Walks the dunes with a camera.", (("Camera", "an old one"),)),
    Person("deniz", "Deniz", "Deniz means sea. Writes in English und auf Deutsch."),
    Person("emil", "Emil Keeper", "Lighthouse keeper, retired. The light still works."),
    Person("fatima", "Fatima Tide", "Tide tables, maths, tea."),
    Person("gustav", "Gustav", "Bakes at four in the morning.", (("Bakery", "Pier 3"),)),
    Person("hana", "Hana", "Only friends of friends, please.", is_locked=True),
    Person("ivo", "Ivo Storm", "Weather, and complaints about the weather."),
    Person("jo", "Jo", "New here."),
    Person("kemi", "Kemi Coral", "Marine biology. Ask me about sponges."),
    Person("lars", "Lars", "Ferry captain. Late, but safe."),
    Person("mira", "Mira Shell", "Draws one shell a day."),
    Person("noor", "Noor", "Radio operator, 73."),
    Person("olga", "Olga Net", "Knits nets, jumpers and rumours."),
    Person("pavel", "Pavel", "Chess on the pier, every Sunday."),
    Person("quinn", "Quinn", "Libraries, also the ones with books in them."),
    Person("rosa", "Rosa Reef", "Dives. Reads. Sleeps."),
    Person("sami", "Sami", "Photographs fog, so most pictures are grey."),
    Person("tove", "Tove Pier", "Harbour office. Please fill in form 27."),
)

TALKS = (
    (
        Line(
            "alice",
            "First kittiwakes of the year are back at the cliff. #birds",
            likes=("bob", "carla", "emil", "kemi", "sami"),
            boosts=("carla", "kemi"),
        ),
        Line("carla", "@alice At last! North or south side?", answers=0, likes=("alice",)),
        Line("alice", "@carla North side, about forty of them.", answers=1, likes=("carla",)),
        Line("emil", "@alice They woke me up. I am glad about it.", answers=0, likes=("alice",)),
        Line("kemi", "@alice Could you count the ones with rings?", answers=0),
        Line("alice", "@kemi Seven so far: https://example.org/rings", answers=4),
    ),
    (
        Line(
            "gustav",
            "Today: rye, and the rolls with seeds. Until they are gone. #bread",
            likes=("alice", "olga", "lars", "tove"),
            boosts=("olga",),
        ),
        Line("lars", "@gustav Keep two for me, the ferry is late.", answers=0),
        Line("gustav", "@lars The ferry is always late.", answers=1, likes=("lars", "ivo", "tove")),
    ),
    (
        Line("ivo", "Fog from tomorrow noon.", likes=("sami",), boosts=("noor",)),
        Line("sami", "@ivo Wonderful. #fog", answers=0),
        Line("lars", "@ivo Not wonderful.", answers=0, likes=("tove",)),
    ),
    (
        Line(
            "deniz",
            "Heute habe ich zum ersten Mal einen Dreizehenmöwen-Ruf erkannt. #birds",
            language="de",
            likes=("alice",),
        ),
        Line("alice", "@deniz Herzlichen Glückwunsch!", answers=0, language="de"),
    ),
    (
        Line(
            "quinn",
            "The butler did not do it; he was at the harbour all along.",
            summary="The end of the book we all read",
            likes=("rosa",),
        ),
        Line("rosa", "@quinn Thank you for the warning.", answers=0, summary="re: the book"),
    ),
    (
        Line("pavel", "Chess on the pier, Sunday at three. Bring your own pieces. #chess"),
        Line("noor", "@pavel I lost my queen. Really lost, not in a game.", answers=0),
        Line("pavel", "@noor We will use a bread roll.", answers=1, likes=("gustav", "noor")),
        Line("gustav", "@pavel @noor With seeds?", answers=2, likes=("pavel",)),
    ),
    (Line("mira", "Shell of the day: a cockle. #shells", likes=("carla",), boosts=("carla",)),),
    (
        Line(
            "hana", "Only for those who follow me: the cake is in the tin.", visibility="followers"
        ),
    ),
    (Line("fatima", "High water at 17:42, give or take the moon. #tides", boosts=("tove", "ivo")),),
    (Line("olga", "@alice Your jumper is ready.", visibility="direct"),),
    (Line("bob", "She floats.", likes=("alice", "lars", "tove"), boosts=("lars",)),),
    (Line("jo", "Hello, I am new here. Whom should I follow? #introductions", likes=("alice",)),),
    (Line("tove", "Form 27 has been replaced by form 27b.", visibility="unlisted"),),
)
