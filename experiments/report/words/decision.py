"""The decision in two sentences, and why there is none."""

from experiments.report.words.pairs import Pair

TEXTS: dict[str, Pair] = {
    "decision.play": Pair(
        "Play {arm}: over {months} it is worth {worth} more than holding.",
        "建议采取“{arm}”：{months}内较维持现状多创造{worth}。",
    ),
    "decision.play.lead": Pair(
        "It loses against holding in {losses} and is ahead of the next best, {second}, by {ahead}.",
        "亏损情景：{losses}；领先次优的“{second}”{ahead}。",
    ),
    "decision.play.chance": Pair(
        "It loses against holding in {losses}; its lead over the next best, {second}, is {ahead}: no "
        "more than the best of {n} options may have by luck.",
        "亏损情景：{losses}；领先次优的“{second}”{ahead}，不超过{n}个方案中最优者可能凭运气取得的领先。",
    ),
    "decision.play.alone": Pair(
        "It loses against holding in {losses}.", "亏损情景：{losses}。"
    ),
    "decision.alike": Pair(
        "Play {arm} or {others}: they cannot be told apart; {arm} is worth {worth} more than "
        "holding over {months}.",
        "建议采取“{arm}”或{others}：它们不分高下；“{arm}”在{months}内较维持现状多创造{worth}。",
    ),
    "decision.alike.losses": Pair(
        "Against holding, {losses}; choose between them by risk, cost and what is easiest to stop.",
        "与维持现状相比，{losses}；可按风险、成本和是否易于叫停在其中选择。",
    ),
    "decision.loses": Pair("{arm} loses in {losses}", "“{arm}”亏损情景：{losses}"),
    "decision.undecided": Pair(
        "Undecided: no option is surely better than holding; the best on average, {arm}, is worth "
        "{worth} compared with it over {months}.",
        "尚无定论：没有方案确定优于维持现状；平均最优的“{arm}”在{months}内与之相差{worth}。",
    ),
    "decision.undecided.luck": Pair(
        "Undecided: no option is surely better than holding; the best on average, {arm}, is worth "
        "{worth} compared with it over {months}, no more than the best of {n} options may have by "
        "luck.",
        "尚无定论：没有方案确定优于维持现状；平均最优的“{arm}”在{months}内与之相差{worth}，不超过{n}个方案中"
        "最优者可能凭运气取得的差距。",
    ),
    "decision.undecided.so": Pair(
        "It loses against holding in {losses}, so hold until a pilot or more scenarios settle it.",
        "亏损情景：{losses}；在试点或更多情景给出结论之前，建议维持现状。",
    ),
    "decision.single": Pair(
        "Undecided: in a single run {arm} is worth {worth} more than holding over {months}.",
        "尚无定论：单次运行中“{arm}”在{months}内较维持现状多创造{worth}。",
    ),
    "decision.single.so": Pair(
        "One run cannot tell an effect from luck, so ask for more scenarios before acting.",
        "单次运行无法区分效果与运气，行动之前请增加情景。",
    ),
    "decision.hold": Pair(
        "Hold: {none} worth more than holding over {months}.",
        "建议维持现状：{months}内{none}优于维持现状。",
    ),
    "decision.hold.one": Pair("the one option is not", "唯一的方案并不"),
    "decision.hold.all": Pair("none of the {n} options is", "{n}个方案均不"),
    "decision.hold.less": Pair(
        "The nearest, {arm}, is worth less by {amount} and loses in {losses}.",
        "最接近的“{arm}”少创造{amount}，亏损情景：{losses}。",
    ),
    "decision.hold.equal": Pair(
        "The nearest, {arm}, cannot be told from holding and loses in {losses}.",
        "最接近的“{arm}”与维持现状不分高下，亏损情景：{losses}。",
    ),
    "decision.bolder": Pair(
        "{arm} is worth more on average, {amount}, but cannot be told from holding and loses in "
        "{losses}.",
        "“{arm}”平均收益更高，为{amount}，但与维持现状不分高下，亏损情景：{losses}。",
    ),
    "decision.sure": Pair(
        "Play {arm}: over {months} it is worth {worth} more than holding and loses in {losses}{alike}.",
        "建议采取“{arm}”：{months}内较维持现状多创造{worth}，亏损情景：{losses}{alike}。",
    ),
    "decision.sure.alike": Pair(
        "; {others} cannot be told from it", "；{others}与之不分高下"
    ),
    "decision.failed": Pair(
        "Hold: no option ran in every market.", "建议维持现状：没有方案在所有市场中都跑通。"
    ),
    "decision.failed.so": Pair(
        "What failed, and why, stands below and in the annex.", "失败的内容和原因见下文及附录。"
    ),
    "decision.none": Pair("No recommendation: {reason}.", "不作建议：{reason}。"),
    "decision.none.so": Pair(
        "Ask for more subscribers (now {subscribers}), or for targets and prices that agree: "
        "counterplay experiment=calibrate market={market} tells whether they do.",
        "请增加仿真账户数（现为{subscribers}），或让目标值与价格相互一致："
        "counterplay experiment=calibrate market={market} 可检验是否一致。",
    ),
    "decision.misfit": Pair(
        "before anybody moves a simulated figure is {factor} times off the published one in some "
        "scenario, and at most {allowed} times is allowed",
        "某种情景中，各方行动之前仿真值与公布值相差{factor}倍，最多只允许{allowed}倍",
    ),
    "decision.losses": Pair("{n} of {of} scenarios", "{of}种中{n}种"),
    "decision.losses.none": Pair("none of {of} scenarios", "{of}种中无一"),
    "decision.losses.few": Pair(
        "{losses} (so few cannot exclude losing in up to {share} of all markets)",
        "{losses}（样本有限，不排除在最多{share}的市场中亏损）",
    ),
    "decision.unsure": Pair(
        "{others} cannot be told from {arm}, nor surely from holding",
        "{others}与“{arm}”不分高下，与维持现状也不分高下",
    ),
    "decision.nor": Pair(
        "{others} cannot be told from it either", "{others}与之同样不分高下"
    ),
    "decision.horizon": Pair(
        "the ranking depends on the horizon: {leads}", "排序随考察期而变：{leads}"
    ),
    "decision.leads": Pair("over {months} {arm} leads", "按{months}计“{arm}”领先"),
    "decision.leads.lifetime": Pair(
        "with customers' remaining lifetime after {months} counted {arm} leads",
        "计入{months}之后的客户剩余生命周期时“{arm}”领先",
    ),
    "decision.one_run": Pair("{amount} (one run, no interval)", "{amount}（单次运行，无区间）"),
    "failed.count": Pair("failed in {n} of {of} runs", "{of}次运行中有{n}次失败"),
    "failed.not_compared": Pair("{count} and cannot be compared", "{count}，无法比较"),
    "failed.hold": Pair(
        "{count}: options are compared only where it ran, in {worlds}",
        "{count}：各方案只在其跑通的{worlds}中比较",
    ),
    "failed.arm": Pair(
        "{count}: it is compared only where it ran, in {worlds}, and not recommended",
        "{count}：只在跑通的{worlds}中比较，不予推荐",
    ),
}  # fmt: skip
