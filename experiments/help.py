"""What `counterplay --help` prints. Nothing heavy is imported for it."""

from experiments.paths import CONF

_BEFORE = """\
Counterplay: a rival cuts its price. What do we do, and is it worth a pilot?

Plays every option on the same simulated customers with the same luck, in many worlds, and writes
memo.html: which option wins, by how much, how surely, what it costs and in which worlds it loses.

== The question (key=value; `counterplay --cfg job` prints all of it) ==

focal        whose question it is            strategies   what it might do, e.g. [hold,match_price]
subscribers  accounts simulated              months       how long it is played
worlds       draws of what nobody knows      seeds        repetitions in each world
out          folder for the answer           jobs         processes (auto: all cores)
resume       take over finished cells        detail       results.parquet: margins or full
language     en or zh (中文)

== Files to choose from (group=name; rival@rivals.<operator>=name) ==

"""

_AFTER = """
== An answer written again, without simulating ==

counterplay memo FOLDER [language=zh]   memo.html, memo.pptx, tables.xlsx from the results in FOLDER

== Flags ==

-m, --multirun       one job for each value: key=a,b or 'key=range(1,4)' or 'key=glob(*)'
--config-dir FOLDER  your own files: FOLDER/market/*.yaml, FOLDER/strategy/*.yaml and so on
--cfg job            print the whole question; --resolve works references out, --package KEY prints a part
--version, --help

== Examples ==

counterplay
    the default question: China Mobile cuts by 30 %, China Unicom answers
counterplay focal=china_telecom rivals.china_mobile.depth=0.2 'strategies=[match_price,retention]'
    another operator, a smaller cut, two answers
counterplay market=duopoly subscribers=5000 worlds=2 seeds=1 months=24
    a small market, in seconds
counterplay -m rivals.china_mobile.depth=0.1,0.2,0.3 out=outputs/depths
    one answer for each depth, each in its own folder
counterplay --config-dir my_files market=my_market 'strategies=[hold,my_answer]' strategy.my_answer.follow=0.5
    your own my_files/market/my_market.yaml and my_files/strategy/my_answer.yaml

Every parameter with its unit, limits and source: docs/parameters.md
COUNTERPLAY_DEBUG=1 shows the whole traceback of an error.
"""  # noqa: E501 - examples are to be copied whole


def help_text() -> str:
    """The whole text, with the files there are to choose from."""
    groups = [
        f"{folder.name}: {', '.join(names)}"
        for folder in sorted(CONF.iterdir())
        if (names := sorted(path.stem for path in folder.glob("*.yaml")))
    ]
    return _BEFORE + "\n".join(groups) + "\n" + _AFTER
