"""A thousand configurations that want to be more than data, in four parts."""

import configurations
from harness import Counts, Lab, campaign

_CASES = 250
_COUNTED = ("hangs", "tracebacks", "wrong_without_word")
_HARM = ("ran", "leaked", "harmless_refused")
"""What has no column of its own: something ran, something was told, something right was refused."""


def _fuzzed(part: int) -> None:
    @campaign(f"{_CASES} configurations, part {part + 1}")
    def fuzz(lab: Lab) -> Counts:
        lab.folder.mkdir(exist_ok=True)
        found = configurations.campaign(_CASES, lab.folder, 100 + part)
        counts = Counts(trials=found["cases"], faults=found["cases"] - found["accepted"])
        for name in _COUNTED:
            setattr(counts, name, found[name])
        for name in _HARM:
            counts.wrong_without_word += found[name]
            if found[name]:
                counts.notes.append(f"{found[name]} {name}")
        if found["accepted"] <= 10:
            counts.notes.append("hardly anything is accepted: the cases try nothing")
            counts.wrong_without_word += 1
        return counts

    assert fuzz


for _part in range(4):
    _fuzzed(_part)
