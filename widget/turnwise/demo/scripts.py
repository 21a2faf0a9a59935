"""What the demo's model says to which prompt. Every number in an answer comes out of a tool's result.

``choose`` goes through a table of patterns; each names a script (see ``model``).
"""

# ruff: noqa: S608  # the model writes SQL, as models do; the tool that runs it allows only reading

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard

from .model import Ask, Call, Say
from .tools import cities

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .model import Script

Row: TypeAlias = "dict[str, Any]"

_MONTHS: tuple[str, ...] = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_NORTH = {"winter": (12, 1, 2), "spring": (3, 4, 5), "summer": (6, 7, 8), "autumn": (9, 10, 11)}
_SOUTH = {"winter": (6, 7, 8), "spring": (9, 10, 11), "summer": (12, 1, 2), "autumn": (3, 4, 5)}
_NUMBERS = {
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
}
_CONTINENTS = ("Africa", "Asia", "Europe", "North America", "Oceania", "South America")

_CAN = """\
- **Compare** cities: *Compare the climate of Oslo and Nairobi*, and then *And in winter?*
- **Rank and plot** them: *Plot the five warmest cities*, *Which are the wettest cities in Asia?*
- **Compute**: *What is 17.5% of 2,480?*
- **Explain** the words: *What is a turn?*, *What is a tool call?*
- **Fail** and recover: *Try the flaky service*, *Call a tool that does not exist*
- **Take my time**, so that you can stop me: *Do something slow*
- **Show code**: *How do I use my own functions?*"""


def choose(ask: Ask) -> Script:
    """The script for a prompt: the first of the table whose pattern is found in it."""
    for pattern, script in _TABLE:
        if re.search(pattern, ask.prompt, re.IGNORECASE):
            return script(ask)
    return climate(ask) if cities_in(ask.prompt) else unknown(ask)


# ── scripts ─────────────────────────────────────────────────────────────────────────────────────────────────────


def compare(ask: Ask) -> Script:
    """Two or more cities side by side: parallel queries, then the arithmetic, then a table."""
    names = [*cities_in(ask.prompt), *_unknown_in(ask.prompt)]
    if len(names) == 1:
        names = [*names, *(name for name in _cities_before(ask) if name not in names)][:2]
    if len(names) < 2:
        yield from _which_city(ask)
        return
    names = names[:4]
    results = yield Say(
        reasoning=f"A comparison of {_and(names)}. I need the monthly means of each. The queries do not depend on "
        "each other, so I can make them at once.",
        text=f"I'll look up {_and(names)}.",
        calls=[Call("query", {"sql": _year_of(name)}) for name in names],
    )
    years = {name: rows for name, rows in zip(names, results, strict=False) if _are_rows(rows)}
    missing = [name for name in names if name not in years]
    if len(years) < 2:
        yield Say(text=_not_found(missing, results))
        return
    results = yield Say(
        reasoning="Twelve months each. For the year I need means and sums, and arithmetic is safer with the "
        "calculator than in my head.",
        calls=[
            Call("compute", {"expression": f"{function}({_list(rows, column)})"})
            for rows in years.values()
            for function, column in (("mean", "temp_c"), ("sum", "rain_mm"))
        ],
    )
    if not all(_is_number(result) for result in results):
        yield Say(text=_odd(results))
        return
    mean = dict(zip(years, results[0::2], strict=True))
    rain = dict(zip(years, results[1::2], strict=True))
    warm, cold = max(mean, key=mean.__getitem__), min(mean, key=mean.__getitem__)
    wet, dry = max(rain, key=rain.__getitem__), min(rain, key=rain.__getitem__)
    results = yield Say(
        text="One more step: the differences.",
        calls=[
            Call("compute", {"expression": f"round({mean[warm]} - {mean[cold]}, 1)"}),
            Call("compute", {"expression": f"round({rain[wet]} - {rain[dry]})"}),
        ],
    )
    warmer, wetter = results[0], results[1]
    table = _table(
        ["", *years],
        [
            ["Mean temperature", *(f"{mean[name]:.1f} °C" for name in years)],
            ["Warmest month", *(_extreme(rows, "temp_c", max) for rows in years.values())],
            ["Coldest month", *(_extreme(rows, "temp_c", min) for rows in years.values())],
            ["Rain in a year", *(f"{rain[name]:,.0f} mm" for name in years)],
            ["Wettest month", *(_extreme(rows, "rain_mm", max) for rows in years.values())],
            ["Driest month", *(_extreme(rows, "rain_mm", min) for rows in years.values())],
        ],
    )
    note = f"\n\n{_absent(missing)}" if missing else ""
    yield Say(
        reasoning="Now I have all numbers; a table shows them best.",
        text=f"### {_and(list(years))}\n\n{table}\n\n"
        f"- **{warm}** is {_number(warmer)} °C warmer than {cold} over the year.\n"
        f"- **{wet}** gets {wetter:,.0f} mm more rain than {dry}.{note}\n\n"
        "Ask *And in winter?* to see one season.",
    )


def season(ask: Ask) -> Script:
    """One season, of the cities in the prompt or, in a follow-up, of those talked about before."""
    word = _season_in(ask.prompt)
    names = cities_in(ask.prompt) or _cities_before(ask)
    if not names or word is None:
        yield from _which_city(ask)
        return
    names = names[:4]
    said = "" if cities_in(ask.prompt) else f" You asked about {_and(names)} before, so I take them again."
    quoted = ", ".join(_quoted(name) for name in names)
    results = yield Say(
        reasoning=f"Which months are {word} depends on the hemisphere, so I need the latitude too.{said}",
        calls=[
            Call(
                "query",
                {
                    "sql": "SELECT city, latitude, month, temp_c, rain_mm FROM climate JOIN cities USING (city) "
                    f"WHERE city IN ({quoted}) ORDER BY city, month"
                },
            )
        ],
    )
    if not _are_rows(results[0]):
        yield Say(text=_odd(results))
        return
    picked: dict[str, list[Row]] = {}
    for row in results[0]:
        months = _SOUTH[word] if row["latitude"] < 0 else _NORTH[word]
        if row["month"] in months:
            picked.setdefault(row["city"], []).append(row)
    picked = {name: picked[name] for name in names if name in picked}
    results = yield Say(
        calls=[
            Call("compute", {"expression": f"{function}({_list(rows, column)})"})
            for rows in picked.values()
            for function, column in (("mean", "temp_c"), ("sum", "rain_mm"))
        ]
    )
    rows = [
        [
            name,
            ", ".join(_month(row)[:3] for row in _in_order(picked[name], word)),
            f"{temp:.1f} °C",
            f"{rain:,.0f} mm",
        ]
        for name, temp, rain in zip(picked, results[0::2], results[1::2], strict=True)
    ]
    table = _table(["City", "Months", "Mean temperature", "Rain"], rows)
    yield Say(text=f"In **{word}**:\n\n{table}")


def climate(ask: Ask) -> Script:
    """One city's year; several cities are a comparison."""
    names = cities_in(ask.prompt)
    if len(names) > 1:
        yield from compare(ask)
        return
    (name,) = names
    results = yield Say(
        reasoning=f"One city, {name}: its twelve months are one query.",
        calls=[Call("query", {"sql": _year_of(name)})],
    )
    if not _are_rows(results[0]):
        yield Say(text=_odd(results))
        return
    year = results[0]
    results = yield Say(
        calls=[
            Call("compute", {"expression": f"mean({_list(year, 'temp_c')})"}),
            Call("compute", {"expression": f"sum({_list(year, 'rain_mm')})"}),
        ]
    )
    table = _table(
        ["Month", "Temperature", "Rain"],
        [[_month(row), f"{row['temp_c']:.1f} °C", f"{row['rain_mm']:,.0f} mm"] for row in year],
    )
    yield Say(
        text=f"Over the year **{name}** has a mean of {results[0]:.1f} °C and {results[1]:,.0f} mm of rain. "
        f"The warmest month is {_extreme(year, 'temp_c', max)}, the coldest {_extreme(year, 'temp_c', min)}.\n\n"
        f"{table}"
    )


def rank(ask: Ask) -> Script:
    """The first few cities by some measure, as a chart if one is wanted, else as a table."""
    prompt = ask.prompt.lower()
    wants_chart = re.search(_DRAW, prompt) is not None
    names = cities_in(ask.prompt)
    if wants_chart and len(names) == 1 and not re.search(_MOST, prompt):
        yield from _plot_year(names[0], "rain_mm" if re.search(_RAIN, prompt) else "temp_c")
        return
    column, order, word, unit = _measure(prompt)
    count = _count_in(prompt)
    where, place = "", ""
    for continent in _CONTINENTS:
        if continent.lower() in prompt:
            where, place = f" WHERE continent = {_quoted(continent)}", f" in {continent}"
    if names:
        where = f" WHERE city IN ({', '.join(_quoted(name) for name in names)})"
    sql = (
        f"SELECT city, country, {column} AS value FROM climate JOIN cities USING (city){where} "
        f"GROUP BY city ORDER BY value {order} LIMIT {len(names) or count}"
    )
    results = yield Say(
        reasoning=f"“{word}” over the year: one query can group by city, sort, and take the first few.",
        text="Let me ask the table.",
        calls=[Call("query", {"sql": sql})],
    )
    if not _are_rows(results[0]):
        yield Say(text=_odd(results))
        return
    rows = results[0]
    title = f"The {len(rows)} {word} cities{place}" if not names else f"{_and(names)}: {word} first"
    if wants_chart:
        results = yield Say(
            reasoning="Now the chart, with the numbers that came back.",
            calls=[
                Call(
                    "plot",
                    {
                        "title": title,
                        "labels": [row["city"] for row in rows],
                        "values": [row["value"] for row in rows],
                        "unit": unit,
                    },
                )
            ],
        )
    lines = "\n".join(
        f"{i}. **{row['city']}** ({row['country']}): {_number(row['value'])} {unit}"
        for i, row in enumerate(rows, 1)
    )
    shown = "The chart is in the step above. " if wants_chart else ""
    yield Say(text=f"{shown}{title}, by {_BY[unit]}:\n\n{lines}")


def _plot_year(name: str, column: str) -> Script:
    results = yield Say(
        reasoning=f"A chart of {name}'s year: first the twelve months.",
        calls=[Call("query", {"sql": _year_of(name)})],
    )
    if not _are_rows(results[0]):
        yield Say(text=_odd(results))
        return
    year = results[0]
    what, unit, most, least = (
        ("Rain", "mm", "wettest", "driest")
        if column == "rain_mm"
        else ("Mean temperature", "°C", "warmest", "coldest")
    )
    yield Say(
        calls=[
            Call(
                "plot",
                {
                    "title": f"{what} in {name}",
                    "labels": [_month(row) for row in year],
                    "values": [row[column] for row in year],
                    "unit": unit,
                },
            )
        ]
    )
    yield Say(
        text=f"The chart is in the step above: {name}'s {most} month is {_extreme(year, column, max)}, the {least} "
        f"{_extreme(year, column, min)}."
    )


def explain(ask: Ask) -> Script:
    """A word of the trade, from the glossary."""
    found = re.search(_EXPLAIN, ask.prompt, re.IGNORECASE)
    term = _bare(found.group("term") if found else ask.prompt)
    results = yield Say(
        reasoning=f"A question about a word, “{term}”. The glossary may have it.",
        calls=[Call("look_up", {"term": term})],
    )
    definition = _defined(results[0])
    if definition is not None:
        others = ", ".join(f"*{word}*" for word in results[0].get("see_also", []))
        yield Say(text=f"{definition}\n\nSee also: {others}." if others else definition)
        return
    words = str(results[0]).rpartition("it has: ")[2]
    yield Say(
        text=f"My glossary has no “{term}”, and I won't make something up. It knows these words: {words}.\n\n"
        "About cities, numbers and charts I can do more; ask *What can you do?*"
    )


def contrast(ask: Ask) -> Script:
    """Two words of the trade side by side, or two cities."""
    found = re.search(_CONTRAST, ask.prompt, re.IGNORECASE)
    if found is None or cities_in(ask.prompt):
        yield from compare(ask)
        return
    terms = [_bare(found.group("one")), _bare(found.group("other"))]
    results = yield Say(
        reasoning=f"Two words to look up, “{terms[0]}” and “{terms[1]}”: both at once.",
        calls=[Call("look_up", {"term": term}) for term in terms],
    )
    entries = [
        _defined(result) or f"My glossary has no “{term}”."
        for term, result in zip(terms, results, strict=False)
    ]
    yield Say(text="\n\n".join(entries))


def flaky(ask: Ask) -> Script:
    """A tool that fails: the model reads the error, tries once more, and says what happened."""
    name = next(iter(cities_in(ask.prompt) or _cities_before(ask)), "Lisbon")
    call = Call("forecast", {"city": name})
    results = yield Say(
        reasoning="The forecast service is known not to answer now and then. Let me see.",
        text=f"I'll ask the forecast service for {name}.",
        calls=[call],
    )
    first = results[0]
    if _is_row(first):
        yield Say(
            text=f"It answered at once this time. {_forecast(first)} Ask again: every other call fails."
        )
        return
    results = yield Say(
        reasoning=f"The tool failed: “{first}”. That may pass, so one more try is worth it; more would be rude.",
        text="That failed. I'll try once more.",
        calls=[call],
    )
    second = results[0]
    if _is_row(second):
        yield Say(
            text=f"The second try worked. {_forecast(second)}\n\n"
            f"> The first one had failed with `{first}`. A tool that raises does not end the run: the agent is "
            "told what went wrong and can decide what to do. Open the red step above to see it."
        )
        return
    yield Say(text=f"It failed twice, so I stop here: `{second}`. I have no forecast for you.")


def invalid(ask: Ask) -> Script:
    """A call to a tool that nobody offered: the turn is given up, the model is told and does it properly."""
    name = next(iter(cities_in(ask.prompt) or _cities_before(ask)), "Vienna")
    year = Call("query", {"sql": _year_of(name)})
    results = yield Say(
        reasoning="An oracle would know at once. I have none, but models make up tools now and then, so I do too.",
        text=f"I'll look up {name}, and ask the weather oracle beside it.",
        calls=[year, Call("weather_oracle", {"city": name, "question": "How will the summer be?"})],
    )
    told = results[-1]
    results = yield Say(
        reasoning=f"I am told: “{told}” So I do it with the tools that there are.",
        text="There is no such tool. The table, then.",
        calls=[year],
    )
    if not _are_rows(results[0]):
        yield Say(text=_odd(results))
        return
    yield Say(
        text=f"The warmest month in **{name}** is {_extreme(results[0], 'temp_c', max)}.\n\n"
        f"> The first turn was given up. `weather_oracle` is none of my tools, which shows as soon as the name is "
        "there: the agent stopped listening, ran nothing of that reply, and let me try again with the result "
        f"`{told}` The turn is still above, folded away."
    )


def slow(ask: Ask) -> Script:
    """A tool that takes seconds beside one that does not."""
    name = next(iter(cities_in(ask.prompt) or _cities_before(ask)), "Athens")
    results = yield Say(
        reasoning="Something slow: the simulation. The quick query can run beside it; it will be done long before.",
        text=f"I'll simulate twenty summers in {name}. That takes a few seconds; the stop button works meanwhile.",
        calls=[
            Call("simulate_summers", {"city": name, "years": 20}),
            Call(
                "query",
                {"sql": f"SELECT MAX(temp_c) AS warmest_c FROM climate WHERE city = {_quoted(name)}"},
            ),
        ],
    )
    if not _is_row(results[0]) or not _are_rows(results[1]):
        yield Say(text=_odd(results))
        return
    summers, row = results[0], results[1][0]
    yield Say(
        text=f"Done. Over {summers['years']} simulated summers {name} had a mean of "
        f"**{_number(summers['mean_c'])} °C**, from {_number(summers['coolest_c'])} to "
        f"{_number(summers['warmest_c'])} °C. For comparison, the table's warmest month there has "
        f"{_number(row['warmest_c'])} °C."
    )


def calculate(ask: Ask) -> Script:
    """Arithmetic, by the tool that can do it."""
    expression = _expression_in(ask.prompt)
    if expression is None:
        yield from unknown(ask)
        return
    results = yield Say(
        reasoning="Arithmetic. Models are unreliable at it, calculators are not.",
        calls=[Call("compute", {"expression": expression})],
    )
    result = results[0]
    if _is_number(result):
        yield Say(text=f"`{expression}` = **{result:,}**")
    else:
        yield Say(text=f"The calculator refused: {result}")


def code(ask: Ask) -> Script:
    """How to go on from here, in Python."""
    yield Say(
        text="""Any Python function with type hints can be a tool. The docstring tells the model what it is for:

```python
from turnwise import Agent, AgentChat

def stock(product: str, warehouse: str = "main") -> int:
    \"\"\"How many pieces are in stock.

    Args:
        product: Name or number of the product.
        warehouse: Where to look.
    \"\"\"
    return 42

agent = Agent("openai:gpt-…", tools=[stock])   # or base_url="http://localhost:…/v1" for a server of your own
AgentChat(agent)
```

1. `async` functions run side by side; others run in threads.
2. A function that raises does not end the run: the model is told.
3. An agent of another framework, or a plain generator function, goes into `AgentChat` as it is."""
    )


def what_tools(ask: Ask) -> Script:
    """The tools that came with the request."""
    rows = [
        [f"`{tool.name}`", tool.description.splitlines()[0] if tool.description else ""] for tool in ask.tools
    ]
    yield Say(text=f"I have {len(rows)} tools:\n\n{_table(['Tool', 'What it does'], rows)}")


def hello(ask: Ask) -> Script:
    """A greeting, or thanks."""
    if re.search(r"\bthank", ask.prompt, re.IGNORECASE):
        yield Say(text="You're welcome.")
        return
    yield Say(text=f"Hello! I'm a scripted demo model, with real tools. I can:\n\n{_CAN}")


def can_do(ask: Ask) -> Script:
    """What it can do, honestly."""
    yield Say(
        text="I'm a scripted demo model: rules choose what I say, but the tools I call are real and so are their "
        f"results. I can:\n\n{_CAN}"
    )


def unknown(ask: Ask) -> Script:
    """Anything else: no pretending."""
    yield Say(
        reasoning="None of my rules fits this. Better to say so than to pretend.",
        text=f"I'm a scripted demo model, so that is beyond me. What I can do:\n\n{_CAN}",
    )


# ── which script ────────────────────────────────────────────────────────────────────────────────────────────────

_DRAW = r"\b(plot|chart|draw|graph|diagram)\b"
_MOST = r"\b(warmest|hottest|coldest|coolest|wettest|rainiest|driest|largest|biggest)\b"
_RAIN = r"\b(rain|rainfall|wet|dry|precipitation)\b"
_CONTRAST = r"\bdifference between\s+(?P<one>.+?)\s+and\s+(?P<other>[^?.!]+)"
_EXPLAIN = r"\b(?:what(?:'s| is| are| does)|explain|define|meaning of)\s+(?P<term>[^?.!]+)"

_TABLE: tuple[tuple[str, Callable[[Ask], Script]], ...] = (
    (r"\b(tool|function)s?\b.*\b(not|n['’]t) exist\b|\b(invalid|unknown) tool$|\bno such tool\b", invalid),
    (r"\b(flaky|unreliable|fails?|failure|forecast|tomorrow)\b", flaky),
    (r"\b(slow|slowly|simulat\w+|take your time)\b", slow),
    (rf"{_DRAW}|{_MOST}", rank),
    (r"\b(which|what|your) tools\b", what_tools),
    (r"\b(my own|own function|own tool|own agent|show (me )?(the |some )?code|python code)\b", code),
    (r"\b(what can you|what do you do|who are you|help)\b", can_do),
    (_CONTRAST, contrast),
    (r"\b(compare|comparison|versus|vs)\b", compare),
    (r"\b(winter|spring|summer|autumn|fall)\b", season),
    (r"\d\s*[-+*/^%×÷(]|\bsqrt\b|\b\d[\d.,]*\s*(%|percent) of\b", calculate),
    (r"^\W*(hi|hello|hey|good (morning|evening)|thanks?|thank you)\b", hello),
    ("|".join(rf"\b{re.escape(name)}\b" for name in cities()), climate),
    (_EXPLAIN, explain),
)


# ── reading prompts ─────────────────────────────────────────────────────────────────────────────────────────────


def cities_in(prompt: str) -> list[str]:
    """The table's cities that the prompt names, in its order."""
    plain = _folded(prompt)
    found = [(at, name) for name in cities() if (at := _find(_folded(name), plain)) >= 0]
    return [name for _, name in sorted(found)]


def _find(word: str, text: str) -> int:
    match = re.search(rf"\b{re.escape(word)}\b", text)
    return match.start() if match else -1


def _folded(text: str) -> str:
    return text.lower().replace("ã", "a").replace("á", "a").replace("ü", "u")


def _cities_before(ask: Ask) -> list[str]:
    """The cities of the latest prompt that named any."""
    return next((names for names in map(cities_in, ask.earlier) if names), list[str]())


def _unknown_in(prompt: str) -> list[str]:
    """The names in "compare … A and B" that the table does not have."""
    found = re.search(r"\b(?:compare|comparison|versus|vs\.?)\b\s*([^?.!]*)", prompt, re.IGNORECASE)
    if found is None:
        return []
    last = re.split(r"\b(?:of|in|between)\b", found.group(1), flags=re.IGNORECASE)[-1]
    parts = re.split(r",|\band\b|\bwith\b|\bto\b|\bvs\b|\bversus\b", last, flags=re.IGNORECASE)
    return [
        part.strip().title()
        for part in parts
        if part.strip().lower() not in _NO_NAMES and not cities_in(part)
    ]


def _bare(term: str) -> str:
    """A term without its article and quotation marks."""
    return re.sub(r"^(?:an?|the)\s+", "", term.strip(" \t\"'“”?.!"), flags=re.IGNORECASE)


def _defined(entry: Any) -> str | None:
    """A glossary entry as a paragraph; ``None`` if there was none."""
    return (
        f"**{entry['term'].capitalize()}.** {entry['text']}" if _is_row(entry) and "text" in entry else None
    )


def _season_in(prompt: str) -> str | None:
    found = re.search(r"\b(winter|spring|summer|autumn|fall)\b", prompt, re.IGNORECASE)
    if found is None:
        return None
    return {"fall": "autumn"}.get(found.group(1).lower(), found.group(1).lower())


def _count_in(prompt: str) -> int:
    for word, number in _NUMBERS.items():
        if re.search(rf"\b{word}\b", prompt):
            return number
    found = re.search(r"\b(\d{1,2})\b", prompt)
    return min(20, max(2, int(found.group(1)))) if found else 5


_NO_NAMES = ("", "it", "that", "this", "them", "those", "these", "both")
_BY = {"°C": "mean temperature", "mm": "rain in a year", "million": "population"}


def _measure(prompt: str) -> tuple[str, str, str, str]:
    """SQL expression, order, word and unit of what the cities are to be sorted by."""
    if re.search(r"\b(wettest|rainiest)\b", prompt) or re.search(_RAIN, prompt):
        return "SUM(rain_mm)", "DESC", "wettest", "mm"
    if re.search(r"\bdriest\b", prompt):
        return "SUM(rain_mm)", "ASC", "driest", "mm"
    if re.search(r"\b(largest|biggest)\b", prompt):
        return "MAX(population_m)", "DESC", "largest", "million"
    if re.search(r"\b(coldest|coolest)\b", prompt):
        return "ROUND(AVG(temp_c), 1)", "ASC", "coldest", "°C"
    return "ROUND(AVG(temp_c), 1)", "DESC", "warmest", "°C"


def _expression_in(prompt: str) -> str | None:
    """The arithmetic in a prompt, in the calculator's spelling."""
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", prompt)
    text = re.sub(r"([\d.]+)\s*(?:%|percent)\s+of\s+([\d.]+)", r"\1 / 100 * \2", text, flags=re.IGNORECASE)
    text = text.replace("^", "**").replace("×", "*").replace("÷", "/")
    found = re.findall(r"(?:(?:sqrt|mean|abs|round|min|max|sum|pi)\b|[\d.+\-*/%(), ])+", text)
    best = max((piece.strip(" ,.") for piece in found), key=len, default="")
    return best if re.search(r"\d", best) else None


def _which_city(ask: Ask) -> Script:
    yield Say(
        reasoning="No city is named, in this prompt or before.",
        text=f"Of which city? I know {len(cities())} of them, for example {_and(list(cities()[:5]))}.",
    )


# ── writing answers ─────────────────────────────────────────────────────────────────────────────────────────────


def _year_of(name: str) -> str:
    return f"SELECT month, temp_c, rain_mm FROM climate WHERE city = {_quoted(name)} ORDER BY month"


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


def _list(rows: Sequence[Row], column: str) -> str:
    return ", ".join(str(row[column]) for row in rows)


def _month(row: Row) -> str:
    number: int = row["month"]
    return _MONTHS[number - 1]


def _in_order(rows: Sequence[Row], word: str) -> list[Row]:
    """December before January, where a season spans the year's end."""
    spans = {row["month"] for row in rows} >= {12, 1}
    return sorted(rows, key=lambda row: row["month"] - 12 if spans and row["month"] == 12 else row["month"])


def _extreme(rows: Sequence[Row], column: str, pick: Callable[..., Row]) -> str:
    def value(row: Row) -> float:
        return row[column]

    row = pick(rows, key=value)
    unit = "°C" if column == "temp_c" else "mm"
    return f"{_month(row)} ({_number(row[column])} {unit})"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [
        head,
        ["---", *["---:" if "°C" in cell or "mm" in cell else "---" for cell in rows[0][1:]]],
        *rows,
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _forecast(result: Row) -> str:
    return (
        f"For {result['city']} it says (and it makes that up): {result['low_c']} to {result['high_c']} °C tomorrow, "
        f"with a {result['chance_of_rain_percent']}% chance of rain."
    )


def _number(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0")


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _absent(missing: Sequence[str]) -> str:
    are = "is" if len(missing) == 1 else "are"
    return f"{_and([f'**{name}**' for name in missing])} {are} not in my table, which has {len(cities())} cities."


def _not_found(missing: Sequence[str], results: Sequence[Any]) -> str:
    failed = next((result for result in results if isinstance(result, str)), None)
    if failed is not None:
        return _odd([failed])
    return f"{_absent(missing)} For example, it has {_and(list(cities()[:5]))}."


def _odd(results: Sequence[Any]) -> str:
    """A tool returned something that the script cannot go on with: say so."""
    told = next((result for result in results if isinstance(result, str)), None)
    return (
        f"That did not work: {told}"
        if told
        else "That did not work: the tools returned nothing that I can use."
    )


def _is_row(value: Any) -> TypeGuard[Row]:
    return isinstance(value, dict)


def _are_rows(value: Any) -> TypeGuard[list[Row]]:
    """Rows of a query, at least one."""
    return isinstance(value, list) and value != []


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
