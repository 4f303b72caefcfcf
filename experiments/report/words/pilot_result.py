"""What a pilot has shown, and what follows."""

from experiments.report.words.pairs import Pair

TEXTS: dict[str, Pair] = {
    "read.title.go": Pair("Roll {arm} out", "推广“{arm}”"),
    "read.title.extend": Pair("Go on measuring {arm}", "继续测量“{arm}”"),
    "read.title.stop": Pair("Stop {arm}", "停止“{arm}”"),
    "read.kicker": Pair(
        "{market} · {operator} · result of a pilot", "{market} · {operator} · 试点结果"
    ),
    "read.reason": Pair(
        "{measure} {whose} moved by {estimate} against the others (95 % interval {low} to "
        "{high}); the plan's lines are {go} to go and {stop} to stop.",
        "{whose}的{measure}相对对照变化{estimate}（95%区间{low}至{high}）；方案的界线为：推广{go}，停止{stop}。",
    ),
    "read.reason.extended": Pair(
        "{measure} {whose} moved by {estimate} against the others (95 % interval {low} to "
        "{high}) by the end of the extension; the line is {line}.",
        "至延长期结束，{whose}的{measure}相对对照变化{estimate}（95%区间{low}至{high}）；界线为{line}。",
    ),
    "read.whose.regions": Pair("in pilot regions", "试点区域"),
    "read.whose.groups": Pair("of customers with the offer", "给予该方案的客户"),
    "read.contradicted": Pair(
        "The result contradicts every scenario: none comes within 2.6 standard errors of it. The rule "
        "says what it says, but what the pilot shows is not understood; find out why before money "
        "follows.",
        "结果与所有情景相矛盾：没有一个情景落在其2.6个标准误之内。规则给出上述结论，但试点所示尚未得到解释；投入之前请先查明原因。",
    ),
    "read.trend": Pair(
        "Before the launch pilot regions already moved otherwise than the others (p = {p}): the "
        "estimate may show that trend.",
        "上线之前，试点区域的走势已与对照区域不同（p = {p}）：估计值可能反映了该趋势。",
    ),
    "read.no_trend": Pair(
        "Before the launch pilot regions moved like the others (p = {p}).",
        "上线之前，试点区域与对照区域走势一致（p = {p}）。",
    ),
    "read.few": Pair(
        "Only {n} scenarios' worth of weight is left: the figures in money rest on little.",
        "有效情景数仅剩{n}：金额类数字依据单薄。",
    ),
    "read.seen": Pair("What was seen", "结果"),
    "read.means": Pair("What it means", "含义"),
    "read.means.text": Pair(
        "Scenarios weighed by how well they predicted this: rolling out brings {money} more than "
        "stopping, and gains with a probability of {gain}; effective number of scenarios {n} of {all}.",
        "按各情景对该结果的预测程度加权：推广比停止多带来{money}，获益概率{gain}；有效情景数{n}（共{all}）。",
    ),
    "read.next": Pair("What to do", "下一步"),
    "read.next.wave": Pair(
        "{month} after the decision: {regions} ({lines}).", "决定后{month}：{regions}（{lines}）。"
    ),
    "read.next.stop": Pair(
        "End the offer in {regions}; keep what was promised to customers.",
        "在{regions}停止该优惠；已对客户的承诺继续履行。",
    ),
    "read.next.extend": Pair(
        "Change nothing in {regions}, and read again after month {months}.",
        "{regions}保持不变，第{months}个月后再读取结果。",
    ),
    "read.next.extend.now": Pair(
        "The result is too near the line, and the plan has no extension: whoever decides now tosses a "
        "coin.",
        "结果过于接近界线，而方案没有延长期：现在决定无异于抛硬币。",
    ),
    "read.estimate": Pair("effect seen", "所见效果"),
    "read.gain": Pair("going on gains", "推广获益概率"),
    "read.money": Pair("rolling out less stopping", "推广减停止"),
    "read.until": Pair("read until", "读取至"),
    "read.trust.text": Pair(
        "Estimated as registered before the pilot: {estimator}. The standard error is the larger of "
        "the plan's and the results' own.",
        "按试点前登记的方法估计：{estimator}。标准误取方案值与结果自身值中较大者。",
    ),
    "read.figure": Pair(
        "{measure}: pilot regions and those compared with", "{measure}：试点区域与对照区域"
    ),
    "read.figure.groups": Pair(
        "{measure}: customers with the offer and those without",
        "{measure}：给予该方案与未给予的客户",
    ),
    "read.figure.note": Pair(
        "Each over its own mean before the launch (line). Shaded: months that count.",
        "各自相对上线前均值（竖线为上线）。着色处为计入的月份。",
    ),
}
