"""Numbers and lists as British prose."""
from __future__ import annotations

UNITS = "none one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
TENS = " twenty thirty forty fifty sixty seventy eighty ninety".split(" ")
MONTHS = "January February March April May June July August September October November December".split()


def number(n: int) -> str:
    """A whole number below one hundred in words, from there on in digits."""
    n = int(n)
    if 0 <= n < 20:
        return UNITS[n]
    if n < 100:
        return TENS[n // 10 - 1] + ("-" + UNITS[n % 10] if n % 10 else "")
    return f"{n:,}"


def percent(share: float) -> str:
    """A share (0 to 1) as a whole percentage."""
    return f"{100 * share:.0f} per cent"


def date(iso: str) -> str:
    """'2018-11' as 'November 2018', '2018-11-16' as '16 November 2018', '2014/2019' as '2014 to 2019', '2018-10/2018-11' as 'October to November 2018'."""
    if "/" in iso:
        first, last = (date(p) for p in iso.split("/"))
        *named, year = last.split()
        return f"{first.removesuffix(f' {year}') if named else first} to {last}"
    parts = iso.split("-")
    if len(parts) == 1:
        return parts[0]
    text = f"{MONTHS[int(parts[1]) - 1]} {parts[0]}"
    return f"{int(parts[2])} {text}" if len(parts) == 3 else text


def listing(items) -> str:
    """'a, b and c'."""
    items = [str(i) for i in items]
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1] if items else "none"
