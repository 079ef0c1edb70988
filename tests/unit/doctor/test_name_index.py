"""Known names are found wherever they stand by themselves, however many there are."""

import pytest

from services.doctor.name_index import NameIndex

NAMES = [
    ("Aula", "space"),
    ("Aula Magna", "space"),
    ("+1 Room", "space"),
    ("birch@example.org", "mailbox"),
    ("db.example", "host"),
    ("Contoso", "connection"),
]


def marked(text: str) -> str:
    index = NameIndex(NAMES, folded=frozenset({"mailbox", "host"}))
    return index.replace(text, lambda kind, name: f"<{kind} {name}>")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Aula", "<space Aula>"),
        ("the Aula Magna, the Aula", "the <space Aula Magna>, the <space Aula>"),
        ("Aula Magnana", "<space Aula> Magnana"),
        ("aula, Aulas, xAula, -Aula, Aula-x, Aula_", "aula, Aulas, xAula, -Aula, Aula-x, Aula_"),
        ("(+1 Room)", "(<space +1 Room>)"),
        ("BIRCH@Example.org.", "<mailbox BIRCH@Example.org>."),
        ("amqp://DB.example:5672", "amqp://<host DB.example>:5672"),
        ("Contoso contoso", "<connection Contoso> contoso"),
        ("", ""),
    ],
)
def test_a_name_is_found_where_it_stands_by_itself(text: str, told: str) -> None:
    assert marked(text) == told


@pytest.mark.timeout(60)
def test_tens_of_thousands_of_names_are_found_in_thousands_of_texts() -> None:
    count = 10_000
    names = [(f"Sesame {number}", "space") for number in range(count)]
    names += [(f"sesame-{number}@example.org", "mailbox") for number in range(count)]
    index = NameIndex(names, folded=frozenset({"mailbox"}))

    for number in range(count):
        text = f"The room mailbox Sesame-{number}@example.org of Sesame {number} cannot be reached: 404."
        assert "esame" not in index.replace(text, lambda kind, _: kind)
