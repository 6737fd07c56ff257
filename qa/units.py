"""Units of measure and currencies: what each measures, and how many of the first one it is."""

from __future__ import annotations

import re
from functools import lru_cache

# What a unit measures, and how many of the first one a unit is. Money compares by currency.
UNITS: dict[str, tuple[str, float]] = {}
for _of, _line in (
    ("length", "m|met(?:re|er)s?=1 km|kilomet(?:re|er)s?=1000 cm|centimet(?:re|er)s?=.01"),
    ("length", "mm|millimet(?:re|er)s?=.001 miles?=1609.344 ft|feet|foot=.3048 inch(?:es)?=.0254"),
    ("length", "yards?=.9144 nautical¬miles?=1852"),
    ("area", "hectares?|ha=10000 acres?=4046.86 square¬met(?:re|er)s?|m²=1"),
    (
        "area",
        "square¬kilomet(?:re|er)s?|km²|sq¬km=1e6 square¬miles?=2.59e6 square¬f(?:ee|oo)t=.0929",
    ),
    ("mass", "kg|kilos?|kilogram(?:me)?s?=1 gram(?:me)?s?=.001 tonnes?|tons?=1000 lbs?=.4536"),
    ("volume", "lit(?:re|er)s?=1 gallons?=3.785 cubic¬met(?:re|er)s?=1000 barrels?=159"),
    ("speed", "km/h|kph=1 mph=1.609 knots?=1.852"),
    ("power", "mw|megawatts?=1 gw|gigawatts?=1000 kw|kilowatts?=.001"),
    ("duration", "seconds?=1 minutes?|mins?=60 hours?=3600 days?|nights?=86400 weeks?=604800"),
    ("duration", "months?=2629800 years?(?:¬old)?=31557600 decades?=315576000"),
    ("share", "%|per¬?cent|percentage¬points?=.01"),
    ("crowns", "crowns?|kroner|kronor=1"),
    ("dollars", "dollars?|us¬dollars?=1"),
    ("euros", "euros?=1"),
    ("pounds", "pounds?=1"),
    ("yen", "yen=1"),
    ("yuan", "yuan=1"),
    ("roubles", "rou?bles?=1"),
    ("celsius", "°¬?c|degrees¬celsius|degrees(?!¬fahrenheit)=1"),
    ("fahrenheit", "°¬?f|degrees¬fahrenheit=1"),
):
    for _pair in _line.split():
        _names, _, _factor = _pair.partition("=")
        UNITS[_names.replace("¬", r"\s")] = (_of, float(_factor))
CURRENCIES = {"$": "dollars", "€": "euros", "£": "pounds", "¥": "yen"}
MONEY = frozenset({"crowns", "dollars", "euros", "pounds", "yen", "yuan", "roubles"})


@lru_cache(maxsize=4096)
def unit(said: str) -> tuple[str, float]:
    """What a unit measures and its factor; a count of things if it is none."""
    words = " ".join(said.lower().split())
    return next(
        (found for pattern, found in UNITS.items() if re.fullmatch(pattern, words)), ("count", 1.0)
    )
