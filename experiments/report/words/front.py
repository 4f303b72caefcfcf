"""Page one, in the order in which a director reads it."""

from experiments.report.words.pairs import Pair

TEXTS: dict[str, Pair] = {
    "front.we": Pair("We are {focal}", "我方：{focal}"),
    "front.rival": Pair("{rival} {plays}", "{rival}{plays}"),
    "front.terms": Pair(" ({terms})", "（{terms}）"),
    "front.terms.months": Pair("for {months}", "为期{months}"),
    "front.terms.start": Pair("from month {month} on", "自第{month}个月起"),
    "front.terms.regions": Pair("in {regions}", "仅限{regions}"),
    "front.terms.customers": Pair("for {customers} only", "仅面向{customers}"),
    "front.terms.personal": Pair("single persons", "个人客户"),
    "front.terms.household": Pair("families", "家庭客户"),
    "front.terms.enterprise": Pair("firms", "政企客户"),
    "front.misfit": Pair(
        "Caution: in some scenario the simulated market departs from the published figures by "
        "{misfit} before anybody moves.",
        "注意：某种情景中，各方行动之前仿真市场与公布值相差{misfit}。",
    ),
    "front.few": Pair(
        "Caution: only about {ours} of the {subscribers} simulated accounts are ours, so single "
        "customers weigh much; ask again with more (subscribers=…) before acting.",
        "注意：{subscribers}个仿真账户中只有约{ours}个属于我方，个别客户影响很大；行动之前请增加账户数"
        "（subscribers=…）再问一次。",
    ),
    "front.failure": Pair(
        "{arm} {sentence}. The first failure: {reason}", "{arm}{sentence}。首个失败原因：{reason}"
    ),
    "front.decision": Pair("The decision", "决策建议"),
    # The options
    "front.options": Pair("The options, each compared with holding", "各方案与维持现状的比较"),
    "front.options.option": Pair("option", "方案"),
    "front.options.gain": Pair("gain in NPV, {unit}", "净现值增量，{unit}"),
    "front.options.mean": Pair("mean lies within", "均值所在区间"),
    "front.options.range": Pair("9 in 10 scenarios lie within", "九成情景所在区间"),
    "front.options.worst": Pair("worst scenario", "最差情景"),
    "front.options.loses": Pair("loses in", "亏损情景"),
    "front.options.cost": Pair("extra cost, {unit}", "新增成本，{unit}"),
    "front.options.return": Pair("gain per {currency} of cost", "每{currency}成本的收益"),
    "front.options.share": Pair("market share, points", "市场份额，百分点"),
    "front.options.hold": Pair("the yardstick: change nothing", "基准：不采取任何动作"),
    "front.options.of": Pair("{n} of {of}", "{n}/{of}"),
    "front.options.note": Pair(
        "A scenario is one draw of what nobody knows (tastes, rivals' temper, partners' appetite), "
        "fitted to the published figures; {worlds} were simulated, {seeds} each. “Mean lies "
        "within” says how well the average over scenarios is known (95 % interval); “9 in 10 "
        "scenarios” says in what kind of market we may find ourselves (5th to 95th percentile). "
        "NPV: net present value of our contribution over {months}. ▲ better, ▼ worse than holding: "
        "the interval of the mean excludes zero; the decision asks for more, since the best of several "
        "options is picked. Cost and gain per {currency} are plain sums of the months, NPV is "
        "discounted. {subscribers} simulated accounts stand for {lines}.",
        "情景是对未知因素（客户偏好、竞争对手脾气、合作伙伴意愿）的一次抽样，并已校准到公布数据；共模拟"
        "{worlds}，每种{seeds}。“均值所在区间”说明各情景平均值有多可靠（95%置信区间）；“九成情景所在"
        "区间”说明我们可能身处怎样的市场（第5至95百分位）。净现值（NPV）：{months}贡献利润的现值。▲优于、"
        "▼劣于维持现状：均值区间不含零；决策要求更严，因为是从多个方案中选出最优者。成本及每{currency}收益为各月直接加总，"
        "净现值为折现值。{subscribers}个仿真账户代表{lines}。",
    ),
    # The risk
    "front.risk": Pair("The risk", "风险"),
    "front.risk.never": Pair(
        "{arm} loses in none of {of} scenarios. So few cannot exclude that it loses in up to "
        "{high} of all markets we may find ourselves in.",
        "“{arm}”在{of}种情景中无一亏损。但样本有限，不能排除在最多{high}的可能市场中亏损。",
    ),
    "front.risk.loses": Pair(
        "{arm} loses in {n} of {of} scenarios; so few cannot exclude that it loses in up to {high} "
        "of all markets we may find ourselves in.",
        "“{arm}”在{of}种情景中有{n}种亏损；样本有限，不能排除在最多{high}的可能市场中亏损。",
    ),
    "front.risk.where": Pair("It {condition}.", "其{condition}。"),
    "front.risk.worst": Pair(
        "In the worst scenario it brings {worst}; nine in ten lie between {low} and {high}.",
        "最差情景下为{worst}；九成情景在{low}至{high}之间。",
    ),
    # Others
    "front.moves": Pair("What rivals and partners did", "竞争对手与合作伙伴的动作"),
    "front.moves.note": Pair(
        "With {arm}; largest money first, reckoned before anybody reacts, then answers to us; only "
        "what happened in at least a quarter of the runs.",
        "采取“{arm}”时；先按金额从大到小（未计他方反应），再列对我方的反应；只列至少四分之一运行中发生的动作。",
    ),
    "front.moves.differs": Pair(
        "Nobody knows how rivals answer, so it differs between scenarios: {rivals}.",
        "竞争对手如何反应无人知晓，因此各情景不同：{rivals}。",
    ),
    "front.moves.answers": Pair(
        "{rival} answers somebody's move in {n} of {of} runs", "{rival}在{of}次运行中有{n}次对他方动作做出反应"
    ),
    "front.moves.answers.never": Pair(
        "{rival} answers in none of {of} runs", "{rival}在{of}次运行中均未反应"
    ),
    "front.moves.answers.always": Pair(
        "{rival} answers somebody's move in all {of} runs", "{rival}在全部{of}次运行中均做出反应"
    ),
    "front.moves.none": Pair("Nobody made a move that matters.", "其他各方没有值得一提的动作。"),
    # What would change our mind
    "front.change": Pair("What would change our mind", "什么会改变结论"),
    "front.change.row": Pair("{arm}: {behind}; it {wins}.", "“{arm}”：{behind}；{wins}。"),
    "front.change.behind": Pair("{amount} behind {best}", "比“{best}”少{amount}"),
    "front.change.ahead": Pair("{amount} ahead of {best} on average", "平均比“{best}”多{amount}"),
    "front.change.knowing": Pair(
        "Knowing beforehand which scenario we are in would bring at most {amount} more than this "
        "decision: no study should cost more.",
        "若事先知道身处哪种情景，最多比本决策多创造{amount}：任何调研都不应超过此数。",
    ),
    "front.change.best": Pair(
        "{arm} is best in every scenario, so knowing which one we are in is worth nothing.",
        "“{arm}”在每种情景中都最优，因此知道身处哪种情景没有价值。",
    ),
    # The next step
    "front.next": Pair("Next step", "下一步"),
    "front.next.whole": Pair(
        "“counterplay experiment=pilot” with this answer writes the whole plan, and why not the "
        "other designs.",
        "以本答案运行“counterplay experiment=pilot”可得到完整试点方案，以及未选其他设计的原因。",
    ),
    "front.next.unplanned": Pair(
        "No pilot was planned with this answer; “counterplay experiment=pilot” plans one.",
        "本答案未附试点方案；可运行“counterplay experiment=pilot”制定。",
    ),
    "pilot.paid_own": Pair(
        "what our present customers pay us a month", "现有客户的月均缴费"
    ),
    "pilot.here_own": Pair("how many of our present customers stay", "现有客户的留网率"),
    "pilot.paid_others": Pair(
        "what customers of other operators pay us a month", "他网客户付给我方的月均金额"
    ),
    "pilot.here_others": Pair("how many customers of others come to us", "他网客户的转入率"),
    # Trust
    "front.trust": Pair("How far to trust this", "可信程度"),
    "front.trust.line": Pair(
        "It ranks options; it does not forecast a quarter.", "用于方案排序，不用于预测某一季度。"
    ),
    "front.trust.machinery": Pair(
        "The arithmetic: {n} of {of} checks against textbook formulas and known answers hold.",
        "计算：与教科书公式和已知答案比对的{of}项检验中{n}项通过。",
    ),
    "front.trust.published": Pair(
        "Of {of} figures of other people's studies, {n} come out as published.",
        "与他人研究的{of}项数字比较，{n}项一致。",
    ),
    "front.trust.facts": Pair(
        "Of {of} known habits of telecom customers, this market shows {n}.",
        "电信客户的{of}项已知行为规律中，本市场再现了{n}项。",
    ),
    "front.trust.history": Pair(
        "Three price wars of the past (India, France, United States), predicted from the years "
        "before: only {n} of {of} kinds of figures lie within the predicted 90 % range as often as "
        "they should. Where all scenarios err alike, no range shows it.",
        "三场历史价格战（印度、法国、美国）用此前年份预测：{of}类数字中只有{n}类落入90%预测区间的次数达标。凡各"
        "情景共有的误差，区间都反映不出来。",
    ),
    "front.trust.all": Pair(
        "In all {fails} of {of} checks fail; they are listed first in docs/validation.md.",
        "合计{of}项检验中{fails}项未通过，均列于docs/validation.md开头。",
    ),
    "front.pictures": Pair("In pictures", "图示"),
}  # fmt: skip
