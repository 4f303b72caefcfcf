"""The plan of a pilot: one page for a regional head."""

from experiments.report.words.pairs import Pair

TEXTS: dict[str, Pair] = {
    "plan.title.pilot": Pair(
        "Pilot {arm}: {n} regions, {months}", "试点“{arm}”：{n}个区域，{months}"
    ),
    "plan.title.drawn": Pair(
        "Pilot {arm}: 2 × {size} customers in {n} regions, {months}",
        "试点“{arm}”：{n}个区域2×{size}户，{months}",
    ),
    "plan.title.none": Pair("No feasible pilot for {arm}", "“{arm}”没有可行的试点"),
    "plan.kicker": Pair(
        "{market} · {operator} · plan of a pilot", "{market} · {operator} · 试点方案"
    ),
    "plan.reason.pilot": Pair(
        "A pilot is worth {value} more than deciding now: it leads to the right decision in {right} "
        "of cases.",
        "试点比现在就决定多值{value}：在{right}的情况下得出正确决定。",
    ),
    "plan.reason.regions": Pair(
        "The market has {n} regions: too few for two pilot regions and two to compare them with.",
        "市场只有{n}个区域：不足以设两个试点区域和两个对照区域。",
    ),
    "plan.reason.short": Pair(
        "Customers see the option after {launch}; until the end of the {horizon} studied no pilot of "
        "the lengths allowed can be read.",
        "客户在{launch}后才看到该方案；在所考察的{horizon}内，任何允许时长的试点都来不及得出结果。",
    ),
    "plan.reason.unseen": Pair(
        "The effect is too small for what regions do by themselves: the design that comes nearest "
        "would find it in {power} of pilots, and 80 % are asked for.",
        "效果相对于各区域自身的波动太小：最接近的设计也只有{power}的把握发现它，而要求为80%。",
    ),
    "plan.reason.late": Pair(
        "The effect comes after the end of any pilot of up to {longest}: by then the design that "
        "comes nearest would find it in {power} of pilots, and 80 % are asked for.",
        "效果出现在最长{longest}的试点结束之后：届时最接近的设计只有{power}的把握发现它，而要求为80%。",
    ),
    "plan.reason.size": Pair(
        "No design keeps its word: the best would find an effect in {false} of pilots in which there "
        "is none, instead of 5 %.",
        "没有一种设计靠得住：最好的也会在{false}没有效果的试点中“发现”效果，而应为5%。",
    ),
    "plan.reason.worth": Pair(
        "The effect can be seen, but no pilot is worth what it costs: the best would be {value} "
        "worse than deciding now. Decide now: {now}.",
        "效果可以看出，但没有一个试点值得其成本：最好的也比现在就决定差{value}。现在就决定：{now}。",
    ),
    "plan.reason.few": Pair(
        "At least {fewest} scenarios are needed to tell what a pilot would show; ask with worlds=8.",
        "至少需要{fewest}个情景才能判断试点能看出什么；请以worlds=8重新提问。",
    ),
    "plan.reason.nothing": Pair(
        "The option did nothing that customers would see.", "该方案没有做出客户可感知的动作。"
    ),
    "plan.now.go": Pair("roll out", "全面推广"),
    "plan.now.stop": Pair("leave it", "放弃该方案"),
    "plan.summary": Pair(
        "Pilot {arm} in {regions} for {months}, measured by {measure} against all other regions: the "
        "effect is found in {power} of cases, the decision is right in {right}; it costs {cost} and is "
        "worth {value} more than deciding now.",
        "在{regions}试点“{arm}”{months}，以{measure}与其余区域对照：{power}的情况下能发现效果，{right}的情况下决定正确；"
        "成本{cost}，比现在就决定多值{value}。",
    ),
    "plan.summary.customers": Pair(
        "Pilot {arm} for {months} with {n} customers drawn at random in {regions}, and compare them "
        "by {measure} with {n} others who do not get it: the effect is found in {power} of cases, the "
        "decision is right in {right}; it costs {cost} and is worth {value} more than deciding now.",
        "在{regions}随机抽取{n}户试点“{arm}”{months}，以{measure}与另外{n}户不给予者对照：{power}的情况下能发现效果，{right}的情况下决定正确；"
        "成本{cost}，比现在就决定多值{value}。",
    ),
    "plan.summary.everywhere": Pair("the whole market", "全国"),
    "plan.summary.go": Pair(
        "Roll out if the change is {side} {go}; the plan says when to extend or stop.",
        "变化{side}{go}时推广；何时延长或停止见试点方案。",
    ),
    "plan.summary.none": Pair("There is no feasible pilot of {arm}.", "“{arm}”没有可行的试点。"),
    "plan.where": Pair("Where", "在哪里"),
    "plan.where.text": Pair(
        "Pilot: {pilot} ({share} of our lines), {choice}. Compared with: {others}.",
        "试点：{pilot}（占我方用户的{share}），{choice}。对照：{others}。",
    ),
    "plan.where.customers": Pair(
        "In {pilot} ({share} of our lines), {choice}: {n} of our private customers drawn at random "
        "get the offer; {n} others drawn the same way do not, and are compared with.",
        "在{pilot}（占我方用户的{share}），{choice}：随机抽取{n}户我方个人与家庭客户给予该方案，另随机抽取{n}户不给予，作为对照。",
    ),
    "plan.choice.everywhere": Pair("that is, in the whole market", "即全国"),
    "plan.choice.matched": Pair(
        "chosen because together they are most like the rest", "因其整体与其余区域最为相似而选"
    ),
    "plan.choice.stratified": Pair(
        "one of each level of revenue per line", "按户均收入高低各选一个"
    ),
    "plan.choice.listed": Pair("your own list", "由您指定"),
    "plan.when": Pair("When", "何时"),
    "plan.when.text": Pair(
        "Customers see the offer {launch} after the decision; the pilot then runs for {months} and "
        "is read after {reading} more. Month {first} to {last} since the launch count.",
        "决定后{launch}客户看到该优惠；试点随后进行{months}，再过{reading}得出结果。计入上线后第{first}至{last}个月。",
    ),
    "plan.what": Pair("What we measure", "测量什么"),
    "plan.what.text": Pair(
        "{measure} in pilot regions over its own mean of the {before} before, less the same in the "
        "others; {estimator}. Expected: {effect}.",
        "试点区域的{measure}相对其前{before}均值的变化，减去对照区域的同一变化；{estimator}。预期：{effect}。",
    ),
    "plan.what.customers": Pair(
        "{measure} of those with the offer over their own mean of the {before} before, compared with "
        "the same of those without; {estimator}. Expected: {effect}.",
        "给予该方案者的{measure}相对其前{before}均值的变化，与未给予者的同一变化相比；{estimator}。预期：{effect}。",
    ),
    "plan.tells": Pair(
        "Across scenarios what is seen then goes with the final value by a correlation of {r}.",
        "在各情景中，届时所见与最终价值的相关系数为{r}。",
    ),
    "plan.wrong_way": Pair(
        "Beware: {measure} in the first three months goes the wrong way (correlation {r}).",
        "注意：前三个月的{measure}会指向相反方向（相关系数{r}）。",
    ),
    "plan.estimator.did": Pair(
        "difference in differences with one change a region, tested by Student's t",
        "双重差分，每区域一个变化值，以t检验判断",
    ),
    "plan.estimator.permutation": Pair(
        "difference in differences, tested against other choices of regions",
        "双重差分，以随机化推断（与其他区域组合比较）判断",
    ),
    "plan.estimator.synthetic": Pair(
        "synthetic control, tested against other choices of regions",
        "合成控制法，以随机化推断（与其他区域组合比较）判断",
    ),
    "plan.estimator.holdout": Pair(
        "difference between two groups drawn at random, tested by the normal distribution",
        "两个随机组之差，以正态分布检验",
    ),
    "plan.decides": Pair("What decides", "如何决定"),
    "plan.decides.go": Pair("Go if the estimate is {side} {go}.", "估计值{side}{go}：推广。"),
    "plan.decides.stop": Pair("Stop if it is {side} {stop}.", "估计值{side}{stop}：停止。"),
    "plan.decides.extend": Pair(
        "In between, go on measuring until month {months}; then the line is {line}.",
        "介于两者之间：继续测到第{months}个月，届时界线为{line}。",
    ),
    "plan.decides.why": Pair(
        "At {line} rolling out brings as much as stopping.", "在{line}处，推广与停止收益相等。"
    ),
    "plan.side.least": Pair("at least", "不低于"),
    "plan.side.most": Pair("at most", "不高于"),
    "plan.side.below": Pair("below", "低于"),
    "plan.side.above": Pair("above", "高于"),
    "plan.right": Pair("right decision", "决策正确的概率"),
    "plan.power": Pair("finds the effect (power)", "发现效果的概率（功效）"),
    "plan.false": Pair("finds one where there is none", "无效果时误报的概率"),
    "plan.cost": Pair("costs", "成本"),
    "plan.value": Pair("worth, beyond deciding now", "比现在就决定多值"),
    "plan.mde": Pair("smallest effect that is found", "可发现的最小效果"),
    "plan.costs": Pair("What it costs and what it is worth", "成本与价值"),
    "plan.costs.text": Pair(
        "Spend {spend}; given away in pilot regions {given}; later roll-out {delay}; rivals who have "
        "seen it {learnt}. Wrongly rolled out: {go} ({go_yuan} on average). Wrongly stopped: {stop} "
        "({stop_yuan}).",
        "投入{spend}；试点区域让利{given}；推广推迟{delay}；竞争对手提前知晓{learnt}。误推广：{go}（平均损失{go_yuan}）。"
        "误停止：{stop}（{stop_yuan}）。",
    ),
    "plan.costs.others": Pair(
        "With the pilot {pilot}; deciding now {now}; waiting without one {wait}.",
        "做试点{pilot}；现在就决定{now}；不试点而等待{wait}。",
    ),
    "plan.costs.optimism": Pair(
        "The best of many designs looks better than it is: {less} is taken off its worth.",
        "众多设计中的最优者会显得过好：其价值已扣减{less}。",
    ),
    "plan.horizon": Pair(
        "Money is counted over {horizon} only: what a later roll-out would earn beyond that is "
        "not in it. A short horizon speaks against any pilot; ask with more months to see it.",
        "金额只计{horizon}：推广推迟后在此之后的收益未计入。考察期短会使任何试点显得不利；可加大months再看。",
    ),
    "plan.others": Pair("Two alternatives, and why not the others", "备选方案，以及为何不选其他"),
    "plan.others.none": Pair(
        "No other design is both seen and worth its cost.", "没有其他设计既能看出效果又值得其成本。"
    ),
    "plan.table.regions": Pair("regions", "区域"),
    "plan.table.drawn": Pair("{regions} (2 × {n} customers)", "{regions}（2×{n}户）"),
    "plan.table.months": Pair("months", "月数"),
    "plan.table.measure": Pair("measure", "指标"),
    "plan.table.power": Pair("power", "功效"),
    "plan.table.false": Pair("false alarm", "误报率"),
    "plan.table.right": Pair("right", "正确"),
    "plan.table.value": Pair("worth, {unit}", "价值，{unit}"),
    "plan.table.tells": Pair("foretells", "预示性"),
    "plan.table.why": Pair("why not", "未选原因"),
    "plan.why.best": Pair("the pilot", "即本试点"),
    "plan.why.alternative": Pair("alternative: worth {less} less", "备选：少值{less}"),
    "plan.why.unseen": Pair("not seen: power below 80 %", "看不出：功效低于80%"),
    "plan.why.false": Pair("false alarms above 7.5 %", "误报率高于7.5%"),
    "plan.why.worth": Pair("costs more than it is worth", "成本高于价值"),
    "plan.why.less": Pair("worth {less} less", "少值{less}"),
    "plan.why.nearest": Pair("comes nearest", "最为接近"),
    "plan.trust": Pair("How far to trust it", "可信程度"),
    "plan.noise.model": Pair(
        "What regions do by themselves comes from a stated model (counts at the true number of "
        "lines, regional shocks from India's circles and assumptions), not from your history; give "
        "one with experiment.history.",
        "各区域自身的波动来自给定模型（真实用户数下的计数波动，以及来自印度电信区与假设的区域冲击），而非贵方历史数据；可用experiment.history提供。",
    ),
    "plan.noise.history": Pair(
        "What regions do by themselves comes from your own history.",
        "各区域自身的波动来自贵方历史数据。",
    ),
    "plan.noise.customers": Pair(
        "How bills differ between customers is a stated assumption (experiment.noise.bill_spread, "
        "bill_known).",
        "客户间账单差异为给定假设（experiment.noise.bill_spread、bill_known）。",
    ),
    "plan.not_addressed": Pair(
        "Customers inside a region are not drawn: the option changes prices on show, advertising or "
        "coverage, which nobody there can be left without.",
        "不在区域内抽取客户：该方案改变公开资费、广告或覆盖，区域内无人可被排除在外。",
    ),
    "plan.rivals.customers": Pair(
        "The effect is that of a launch everywhere; rivals answer both groups alike, so their answer "
        "is not in what the pilot shows.",
        "效果取自全国推出的模拟；竞争对手的反应对两组相同，因此试点所见不含其反应。",
    ),
    "plan.leak": Pair(
        "If {leaked} of the effect reached the other regions (friends, national advertising, rivals "
        "who answer everywhere), the estimate would be {estimated} instead of {effect}, and power "
        "{power}.",
        "若{leaked}的效果传到对照区域（朋友、全国广告、竞争对手全国应对），估计值将为{estimated}而非{effect}，功效{power}。",
    ),
    "plan.national": Pair(
        "The effect by region is that of a launch everywhere: rivals who answer a pilot otherwise "
        "than a launch are not in it.",
        "各区域的效果取自全国推出的模拟：竞争对手对试点的反应若与对全面推出的不同，则未计入。",
    ),
    "plan.behind": Pair(
        "Behind it: {runs} runs of {worlds} scenarios, {subscribers} simulated accounts each; {pilots} "
        "pilots without an effect behind every rate; {designs} designs compared.",
        "依据：{worlds}个情景的{runs}次运行，每次{subscribers}个模拟账户；每个概率基于{pilots}个无效果试点；共比较{designs}个设计。",
    ),
    "plan.leak.customers": Pair(
        "If {leaked} of the effect reached those left without (friends, advertising), the estimate "
        "would be {estimated} instead of {effect}, and power {power}.",
        "若{leaked}的效果传到未给予者（朋友、广告），估计值将为{estimated}而非{effect}，功效{power}。",
    ),
    "plan.nothing": Pair("nothing", "无"),
    "plan.measure.revenue_per_line": Pair("revenue per line", "户均收入"),
    "plan.measure.revenue": Pair("service revenue", "服务收入"),
    "plan.measure.churn": Pair("churn", "离网率"),
    "plan.measure.customer_bill": Pair("payment a customer", "户均付费"),
    "plan.measure.customer_kept": Pair("customers kept", "留网率"),
    "plan.measure.gross_adds": Pair("gross adds", "新增用户"),
    "plan.measure.lines": Pair("lines", "用户数"),
    "plan.figure.regions": Pair(
        "Where: pilot regions and those compared with", "试点区域与对照区域"
    ),
    "plan.figure.drawn": Pair("Where customers are drawn", "在哪些区域抽取客户"),
    "plan.figure.regions.note": Pair(
        "Each tile is a region; the number is its share of our lines.",
        "每格一个区域；数字为其占我方用户的比例。",
    ),
    "plan.figure.pilot": Pair("pilot", "试点"),
    "plan.figure.has_it": Pair("with the offer", "给予该方案"),
    "plan.figure.held_out": Pair("without it", "未给予"),
    "plan.figure.offered": Pair("customers are drawn here", "在此抽取客户"),
    "plan.figure.outside": Pair("not in the pilot", "不参与试点"),
    "plan.figure.control": Pair("compared with", "对照"),
    "plan.figure.effect": Pair(
        "The effect on {measure} against the noise", "{measure}的效果与波动"
    ),
    "plan.figure.effect.note": Pair(
        "Line and band: mean and 95 % interval over scenarios. Dots: smallest effect that a pilot of "
        "that length finds with 80 % power.",
        "线与带：各情景均值与95%区间。点：该时长的试点有80%把握发现的最小效果。",
    ),
    "plan.figure.month": Pair("month since customers see it", "客户看到后的第几个月"),
    "plan.figure.relative": Pair("relative effect, %", "相对效果，%"),
    "plan.figure.power": Pair("How surely it is found, by length", "各时长发现效果的把握"),
    "plan.figure.power.note": Pair(
        "At 0 the curve shows false alarms: it must be near 5 %. At 1 it is the effect as simulated.",
        "横轴为0处为误报率，应接近5%；1处为模拟所得效果。",
    ),
    "plan.figure.power.x": Pair("multiple of the simulated effect", "模拟效果的倍数"),
    "plan.figure.power.y": Pair("pilots that find it, %", "发现效果的试点，%"),
    "plan.figure.decision": Pair(
        "What decides: the estimate, and what the roll-out is worth", "决策图：估计值与推广价值"
    ),
    "plan.figure.decision.note": Pair(
        "Dots are scenarios. Shaded: go; hatched between the lines: extend. The bar is one standard "
        "error of the estimate.",
        "点为各情景。着色处：推广；两线之间：延长。横条为估计值的一个标准误。",
    ),
    "plan.figure.decision.x": Pair("effect that the pilot shows, %", "试点所示效果，%"),
    "plan.figure.decision.y": Pair("roll-out less stopping, {unit}", "推广减停止，{unit}"),
    "plan.figure.tells": Pair("What foretells the final value", "什么预示最终价值"),
    "plan.figure.tells.note": Pair(
        "Correlation across scenarios of the last three months' effect with the final value.",
        "各情景中近三个月效果与最终价值的相关系数。",
    ),
    "plan.figure.tells.y": Pair("correlation", "相关系数"),
}
