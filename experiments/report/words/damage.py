"""The damage: without the attack, with it, repaired; and the attacker's own bill."""

from experiments.report.words.pairs import Pair

TEXTS: dict[str, Pair] = {
    "damage": Pair("The damage", "损失"),
    "damage.headline": Pair(
        "{attacker} attacks: it costs {focal} {damage} over {months}. {so}",
        "{attacker}发起进攻：{months}内使{focal}损失{damage}。{so}",
    ),
    "damage.headline.several": Pair(
        "{attacker} attack: it costs {focal} {damage} over {months}. {so}",
        "{attacker}发起进攻：{months}内使{focal}损失{damage}。{so}",
    ),
    "damage.headline.several.small": Pair(
        "{attacker} attack; what it costs {focal} cannot be told from nothing. {so}",
        "{attacker}发起进攻；{focal}的损失与零不分高下。{so}",
    ),
    "damage.headline.small": Pair(
        "{attacker} attacks; what it costs {focal} cannot be told from nothing. {so}",
        "{attacker}发起进攻；{focal}的损失与零不分高下。{so}",
    ),
    "damage.headline.none": Pair("Nobody attacks. {so}", "没有竞争对手进攻。{so}"),
    "damage.so.hold.none": Pair("No option is surely better than holding.", "没有方案确定优于维持现状。"),
    "damage.so.play": Pair("{arm} repairs {share} of it.", "“{arm}”可挽回其中{share}。"),
    "damage.so.gain": Pair("{arm} brings {gain} more than holding.", "“{arm}”较维持现状多创造{gain}。"),
    "damage.so.alike": Pair("{arm} repairs {share} of it, {others} as much.", "“{arm}”可挽回其中{share}，{others}与之相当。"),
    "damage.so.hold": Pair("No option surely repairs any of it.", "没有方案能确保挽回任何损失。"),
    "damage.so.none": Pair("Nothing can be recommended.", "无法给出建议。"),
    "damage.without": Pair("our NPV over {months} without the attack", "未遭进攻时我方{months}净现值"),
    "damage.with": Pair("with the attack, if we hold: {change}", "遭进攻且维持现状：{change}"),
    "damage.repaired": Pair("with {arm}: {gain}, repairs {share} on average", "采取“{arm}”：{gain}，平均挽回{share}"),
    "damage.repaired.unsure": Pair("with {arm}: {gain}", "采取“{arm}”：{gain}"),
    "damage.bill": Pair("what attacking brings {attacker} itself, if we hold; {paid}", "{attacker}自身因进攻的净现值变化（我方维持现状）；{paid}"),
    "damage.bill.never": Pair("it has not earned its cost within {months}", "{months}内未收回成本"),
    "damage.bill.after": Pair("it has earned its cost after {months}", "{months}后收回成本"),
    "damage.bill.free": Pair("it costs nothing in any month", "任何月份都不亏"),
    "damage.none": Pair("No rival attacks in this question; there is no damage to repair.", "本问题中没有竞争对手进攻，不存在需要挽回的损失。"),
    "damage.unit": Pair("Means over {worlds}, {unit}.", "{worlds}的均值，{unit}。"),
    "damage.refused": Pair(
        "Part of the attack did not happen as asked: {what} ({n} of {of} runs).",
        "部分进攻未按设定发生：{what}（{of}次运行中{n}次）。",
    ),
    "damage.refused.row": Pair("{actor} {action}: {outcome}", "{actor}{action}：{outcome}"),
    "damage.refused.trimmed": Pair("services were taken out so that the lower price may pass", "为使降价获准而减少了权益"),
}  # fmt: skip
