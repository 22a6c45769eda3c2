"""Writes sandbox/city/residents.jsonl for the rendered people of sandbox/people.

    python3 tools/sandbox-city/residents.py

Run it again when people are added. The same people give the same file: nothing is drawn at
random, and those who are there keep their numbers and their order. Names are invented and say
so: the families are called Sha (沙, sand), 沙盒 (sandbox) and Contoh (Indonesian for example).
Numbers have valid check digits, real regions and serials near the end of the range; birth dates
fit the apparent age and sex.
"""

import json
from datetime import date
from pathlib import Path

SANDBOX = Path(__file__).parents[2] / "sandbox"
TODAY = date(2026, 11, 23)

# By scheme and sex, in the order in which they are handed out.
NAMES = {
    ("gb11643", "female"): ["Hemei", "Heqing", "Heling", "Hexin", "Heyan", "Heping", "Hehua", "Heyue"],
    ("gb11643", "male"): ["Heming", "Heqiang", "Hebin", "Hejun", "Hefeng", "Hegang", "Helong", "Hetao"],
    ("nik", "female"): ["Dewi", "Sri", "Ratna", "Putri", "Ayu", "Wulan", "Intan", "Melati"],
    ("nik", "male"): ["Budi", "Agus", "Joko", "Eko", "Bayu", "Dimas", "Rizki", "Hendra"],
}
REGIONS = {"gb11643": ["440115", "420106", "440106"], "nik": ["327301", "317401", "327106"]}

# Who is good for what; everybody else is plain. Fixed, so that a new person changes nobody's story.
TOLD = {"02": "mononym", "03": "minor", "04": "card-lost", "05": "deceased", "07": "han"}
STORIES = {
    "minor": "16 years old in 2026: gets a card, and the internet café says no",
    "deceased": "marked as deceased: refused like everybody who is refused",
    "card-lost": "physical card reported lost: referred to an officer",
    "mononym": "one name only, as many Indonesians have: gets a card",
    "han": "a name in Han characters: gets a card",
    "plain": "gets a card",
}


def gb11643(region, born, serial):
    body = f"{region}{born:%Y%m%d}{serial:03}"
    weights = [pow(2, 17 - at, 11) for at in range(17)]
    total = sum(int(digit) * weight for digit, weight in zip(body, weights))
    return body + "10X98765432"[total % 11]


def nik(region, born, female, serial):
    return f"{region}{born.day + 40 * female:02}{born:%m%y}{serial:04}"


def resident(at, person, taken):
    number_scheme = "gb11643" if at % 2 == 0 else "nik"
    sex, story = person["sex"], TOLD.get(person["person"], "plain")
    age = 16 if story == "minor" else max(18, person["age"])
    # Birthdays are spread over the year, before today, so that the age holds for a while.
    born = date(TODAY.year - age, 1 + at * 5 % 11, 1 + at * 7 % 28)
    names = NAMES[number_scheme, sex]
    turn = taken[number_scheme, sex] = taken.get((number_scheme, sex), -1) + 1
    given, family = names[turn % len(names)], "Sha" if number_scheme == "gb11643" else "Contoh"
    region = REGIONS[number_scheme][at % 3]
    if number_scheme == "gb11643":
        number = gb11643(region, born, 990 - 2 * at + (sex == "male"))
    else:
        number = nik(region, born, sex == "female", 9900 + at)
    if story == "mononym":
        family, given = given + " Contoh", ""
    elif story == "han":
        family, given = "沙", "盒明" if sex == "male" else "盒梅"
    row = {
        "number": number,
        "family_name": family,
        "given_name": given,
        "birth_date": born.isoformat(),
        "sex": 1 if sex == "male" else 2,
        "nationalities": ["CN" if number_scheme == "gb11643" else "ID"],
        "portrait": f"people/{person['person']}/portrait.jpg",
    }
    if story in ("deceased", "card-lost"):
        row[story.replace("-", "_")] = True
    return row | {"comment": STORIES[story]}


def main():
    people = json.loads((SANDBOX / "people/people.json").read_text())
    taken = {}
    rows = [resident(at, person, taken) for at, person in enumerate(people)]
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (SANDBOX / "city").mkdir(exist_ok=True)
    (SANDBOX / "city/residents.jsonl").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
