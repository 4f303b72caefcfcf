"""The annex: tables a researcher can check, and how the numbers were made."""

from experiments.report.words.pairs import Pair

TEXTS: dict[str, Pair] = {
    "annex": Pair("Annex", "附录"),
    "annex.scorecard": Pair(
        "Scorecard of {arm}: under hold → change", "{arm}评估表：维持现状→变化"
    ),
    "annex.saves": Pair("True saves and windfall", "真实挽留与无效让利"),
    "annex.saves.text": Pair(
        "Every customer is compared with itself under hold: the same months, the same luck. Money "
        "is what the customer pays us, option minus hold: a minus under “would have stayed anyway” "
        "is the discount given away. Whose main line is elsewhere throughout may still pay for a "
        "second SIM or broadband; who is lost anyway may leave later.",
        "每个客户都与“维持现状”下的自己比较：同样的月份、同样的运气。金额为客户付给我方的费用"
        "（采取方案减维持现状）：“本来就会留网”一栏的负数即白送的优惠。主卡一直在他网的客户仍可能"
        "为副卡或宽带付费；终将离网的客户可能离得更晚。",
    ),
    "annex.saves.segments": Pair("{arm}, by segment", "{arm}，按客群"),
    "annex.saves.arms": Pair("Every option, all segments", "各方案，全部客群"),
    "annex.pictures": Pair("More pictures", "更多图表"),
    "annex.moves": Pair(
        "What rivals and partners did: everything in the log", "竞争对手与合作伙伴的动作：完整记录"
    ),
    "annex.moves.what": Pair("what and why", "动作与原因"),
    "annex.moves.month": Pair("first in month (median)", "首次发生月份（中位数）"),
    "annex.moves.money": Pair("money a month, {unit}", "月均金额，{unit}"),
    "annex.moves.runs": Pair("runs with {arm}", "{arm}：运行数"),
    "annex.moves.hold": Pair("under hold", "维持现状：运行数"),
    "annex.moves.note": Pair(
        "Largest money first. Money a month: what a move costs whoever makes it if nobody else does "
        "anything for it; negative: what it brings.",
        "按金额从大到小。月均金额：在他人均不因此变动时，动作给其主体带来的成本；负数为收益。",
    ),
    "channels": Pair("What an acquisition costs by channel", "各渠道获客成本"),
    "channels.option": Pair("option", "方案"),
    "channels.channel": Pair("channel", "渠道"),
    "channels.contacts": Pair("contacts", "触达次数"),
    "channels.accepted": Pair("offers taken", "接受优惠数"),
    "channels.won": Pair("lines won", "新增号码数"),
    "channels.each": Pair("cost per offer taken, yuan", "每次接受的成本，元"),
    "channels.line": Pair("cost per line won, yuan", "单号码获客成本，元"),
    "channels.note": Pair(
        "Own campaigns only, everything they cost over the run: contacts, credits, discounts and "
        "commissions. Lines won: from other operators, with what the campaign promised; elsewhere "
        "a channel only keeps or sells. By segment: channels.parquet.",
        "仅含我方营销活动在整个期间的全部成本：触达、补偿、折扣与佣金。新增号码：因活动承诺由他网转入者；其余渠道仅用于"
        "挽留或销售。分客群数据见channels.parquet。",
    ),
    "reactions": Pair(
        "Do rivals answer as fast and as far as they are known to?", "竞争对手的反应速度和力度是否符合已知情况？"
    ),
    "reactions.simulated": Pair("these simulated markets", "本次仿真市场"),
    "reactions.published": Pair("published price wars", "已公布的价格战"),
    "reactions.where": Pair("where", "来源"),
    "reactions.answers": Pair("answers seen", "观察到的反应数"),
    "reactions.share": Pair("rivals that answered", "做出反应的竞争对手"),
    "reactions.months": Pair(
        "months from attack to answer: fast · middle · slow", "从进攻到反应的月数：快·中·慢"
    ),
    "reactions.followed": Pair(
        "share of the cut that was followed: little · middle · much", "跟进降幅的比例：小·中·大"
    ),
    "reactions.unknown": Pair("not published", "未公布"),
    "reactions.note": Pair(
        "The three figures are the 10th, 50th and 90th percentile. Simulated: answers of {rivals} to "
        "the first attack while we hold, in {runs} of {worlds}; an answer takes at least two months, "
        "to see the attack and to act. Which kind of answer a rival gives is an assumption, and so is "
        "how likely it gives none. Published: {markets}; sources {sources} (conf/data/sources.csv), "
        "{unverified} of the {answers} answers not checked against its source.",
        "三个数字依次为第10、50、90百分位。仿真：我方维持现状时{rivals}对首次进攻的反应，{worlds}、共{runs}；"
        "从发现进攻到采取行动至少需要两个月。竞争对手以何种方式反应、有多大可能不反应，均为假设。已公布："
        "{markets}；来源{sources}（conf/data/sources.csv），{answers}项反应中有{unverified}项未与来源核对。",
    ),
    "annex.of": Pair("{n} of {of}", "{n}/{of}"),
    "annex.losses": Pair(
        "Where options lose, and what those scenarios share", "各方案在哪些情景中亏损，有何共性"
    ),
    "annex.losses.means": Pair("Means: {compared}.", "均值：{compared}。"),
    "annex.losses.note": Pair(
        "A condition is named only if random orders of the scenarios rarely (5 %) let any "
        "assumption follow the gain as closely: a permutation test of the largest rank correlation "
        "over all assumptions. Its threshold is the split with the least Gini impurity. sd: "
        "standard deviations over all scenarios.",
        "只有当随机打乱情景顺序时极少（5%）出现同样密切的关联，才指出该条件：对所有假设中最大秩相关"
        "作置换检验。阈值取基尼不纯度最小的分割点。sd为全部情景的标准差。",
    ),
    "annex.change": Pair("What would change the recommendation", "什么会改变这一建议"),
    "annex.change.row": Pair(
        "{arm} compared with {best}: {behind}, {wins}.", "{arm}与{best}相比：{behind}，{wins}。"
    ),
    "annex.change.behind": Pair(
        "behind by {amount} ({span} over scenarios)", "落后{amount}（各情景置信区间{span}）"
    ),
    "annex.change.ahead": Pair(
        "ahead on average by {amount} ({span} over scenarios)",
        "平均领先{amount}（各情景置信区间{span}）",
    ),
    "annex.change.knowing": Pair(
        "Expected value of perfect information: {amount}, the mean NPV of choosing the best option "
        "in each scenario, less that of what is recommended. An upper bound: luck within a "
        "scenario counts as knowledge here.",
        "完全信息的期望价值：{amount}，即在每种情景下都选最优方案的平均净现值，减去所建议方案的平均"
        "净现值。这是上限：情景内的运气在此也算作信息。",
    ),
    "annex.kpis": Pair("Every indicator", "全部指标"),
    "annex.kpis.name": Pair("indicator", "指标"),
    "annex.kpis.hold": Pair("under hold", "维持现状"),
    "annex.kpis.note": Pair(
        "Columns of options: paired difference from hold and its 95 % interval over scenarios. "
        "Each interval stands for itself; with many options and indicators some exclude zero by "
        "chance.",
        "各方案栏：与维持现状的配对差值及其95%置信区间（按情景）。每个区间只就其自身成立；方案和指标"
        "较多时，总有一些会偶然不含零。",
    ),
    "annex.worlds": Pair("Scenarios", "各情景"),
    "annex.worlds.head": Pair("scenario", "情景"),
    "annex.worlds.note": Pair(
        "Above: what each scenario assumes. Below: NPV compared with hold in that scenario.",
        "上半部分：各情景的假设；下半部分：该情景下净现值与维持现状之差。",
    ),
    "annex.settings": Pair("What is fixed, what is drawn", "哪些已设定，哪些为抽样"),
    "annex.settings.fixed": Pair("Fixed by you", "由您设定"),
    "annex.settings.drawn": Pair("Drawn once in each scenario", "每种情景抽样一次"),
    "annex.settings.parameter": Pair("parameter", "参数"),
    "annex.settings.value": Pair("value", "取值"),
    "annex.settings.where": Pair("said in", "出处"),
    "annex.settings.instead": Pair("the range that gave way", "被取代的范围"),
    "annex.settings.range": Pair("range", "范围"),
    "annex.settings.from": Pair("from", "取值区间"),
    "annex.settings.touches": Pair("parameters it sets", "涉及参数个数"),
    "annex.settings.none": Pair(
        "Nothing is drawn: the one scenario is the market as stated.",
        "没有抽样：唯一的情景就是所述市场。",
    ),
    "annex.settings.note": Pair(
        "Everything else stands as in the files of the market and of the question: see "
        "manifest.json.",
        "其余均按市场文件和问题文件取值，见manifest.json。",
    ),
    "settings.question": Pair("the question", "问题本身"),
    "settings.one_of": Pair("one of {options}", "其一：{options}"),
    "annex.failures": Pair("Runs that failed", "失败的运行"),
    "annex.failures.none": Pair("None: every run finished.", "无：所有运行均已完成。"),
    "annex.failures.arm": Pair("option", "方案"),
    "annex.failures.world": Pair("scenario", "情景"),
    "annex.failures.seed": Pair("draw of luck", "随机抽样"),
    "annex.failures.error": Pair("error", "错误"),
    "annex.made": Pair("How the numbers were made", "数字的由来"),
    "annex.made.text": Pair(
        "{runs} runs: {arms} options × {worlds} scenarios × {seeds} draws of luck. A scenario (a "
        "world in the tables) is a draw of what nobody knows; a seed is a draw of luck. All options "
        "of a scenario and seed start from the same market and share every customer's luck, so an "
        "option is compared with hold on the same people. Differences are taken within scenario "
        "and seed, averaged over seeds, then over scenarios; the 95 % intervals are Student's t "
        "over {over}. {subscribers} simulated accounts stand for {lines}, so one stands for "
        "{scale}; people and money are shown scaled. Every scenario is calibrated on its own, to "
        "the published shares, revenue per line and churn; before anybody moves it departs from "
        "them by at most {misfit}.",
        "共{runs}次运行：{arms}个方案×{worlds}种情景×{seeds}次随机抽样。情景（表中称world）是对未知因素"
        "的一次抽样，seed是对运气的一次抽样。同一情景、同一抽样下各方案从同一市场出发，每个客户的运气也"
        "相同，因此方案与维持现状是在同一批人身上比较的。差值先在情景和抽样内计算，再对抽样、情景求平均；"
        "95%置信区间为按{over}计算的t区间。{subscribers}个仿真账户代表{lines}，即一个账户代表{scale}；人数"
        "和金额均已放大。每种情景都单独校准到公布的市场份额、户均收入和离网率；各方行动之前与之最多相差"
        "{misfit}。",
    ),
    "annex.made.worlds": Pair("the scenarios", "情景"),
    "annex.made.seeds": Pair("the draws of luck of the one scenario", "唯一情景的随机抽样"),
    "sheet.decision": Pair("Decision", "决策"),
    "sheet.options": Pair("Options", "方案"),
    "sheet.time": Pair("Horizons", "考察期"),
    "sheet.kpis": Pair("Indicators", "指标"),
    "sheet.moves": Pair("Moves of others", "他方动作"),
    "sheet.instructions": Pair("Instructions", "实施要点"),
    "sheet.settings": Pair("Settings", "设定"),
    "sheet.part": Pair("part", "部分"),
    "sheet.low": Pair("{name}: low (95 %)", "{name}：下限（95%）"),
    "sheet.high": Pair("{name}: high (95 %)", "{name}：上限（95%）"),
    "sheet.losing": Pair("scenarios in which it loses", "亏损情景数"),
    "sheet.of": Pair("of", "总数"),
    "sheet.at_most": Pair("may lose in up to this share of markets", "可能亏损市场占比上限"),
    "sheet.held": Pair("with the attack, if we hold", "遭进攻且维持现状"),
    "sheet.repaired": Pair("repaired by {arm}, share of the damage", "“{arm}”挽回的损失占比"),
    "sheet.bill": Pair("{attacker}'s NPV change, {arm}", "{attacker}净现值变化，{arm}"),
    "sheet.bill.month": Pair("{attacker} has earned its cost after, months", "{attacker}收回成本，月"),
    "sheet.months": Pair("months", "月数"),
    "sheet.unit": Pair("unit", "单位"),
    "sheet.level": Pair("level", "水平"),
    "sheet.gap": Pair("compared with hold", "与维持现状之差"),
    "sheet.runs": Pair("runs", "运行数"),
    "condition.loses": Pair("loses in {n} of {of} scenarios", "在{of}种情景中有{n}种亏损"),
    "condition.wins": Pair("wins in {n} of {of} scenarios", "在{of}种情景中有{n}种胜出"),
    "condition.few": Pair(
        "{count}; too few scenarios to tell what they have in common",
        "{count}；情景太少，看不出共性",
    ),
    "condition.nothing": Pair(
        "{count}; no single assumption tells them apart better than chance (p = {p})",
        "{count}；没有哪一项假设能比偶然更好地区分它们（p={p}）",
    ),
    "condition.low": Pair(
        "{count}, more where {name} is low (rank correlation {r}, p {p})",
        "{count}，{name}较低时更多（秩相关{r}，p{p}）",
    ),
    "condition.high": Pair(
        "{count}, more where {name} is high (rank correlation {r}, p {p})",
        "{count}，{name}较高时更多（秩相关{r}，p{p}）",
    ),
    "condition.split": Pair(
        "{count}: {inside} of the {of_inside} with {name} {side} {threshold}, {outside} of the "
        "other {of_outside} (p {p})",
        "{count}：{name}{side}{threshold}的{of_inside}种中有{inside}种，其余{of_outside}种中有{outside}种"
        "（p{p}）",
    ),
    "condition.contrast": Pair(
        "{name} {losing} where it loses, {other} elsewhere ({sd} sd)",
        "{name}：亏损时{losing}，其余{other}（{sd} sd）",
    ),
}  # fmt: skip
