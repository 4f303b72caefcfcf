"""What stands in pictures."""

from experiments.report.words.pairs import Pair

TEXTS: dict[str, Pair] = {
    "figure.behind": Pair(
        "{runs} runs ({arms} options × {worlds} scenarios × {seeds} draws of luck), "
        "{subscribers} simulated accounts",
        "{runs}次运行（{arms}个方案×{worlds}种情景×{seeds}次随机抽样），{subscribers}个仿真账户",
    ),
    "figure.path.title": Pair(
        "{kpi} after {months}, compared with holding:\n{best} {unit} with {best_arm}",
        "{months}后的{kpi}，与维持现状相比：\n{best_arm} {best}{unit}",
    ),
    "figure.path.worst": Pair(",\n{worst} with {worst_arm}", "，\n{worst_arm} {worst}"),
    "figure.path.note": Pair(
        "{operator}. Grey: hold. Colour: hold plus the difference. Bands: 95 % intervals of means",
        "{operator}。灰色：维持现状；彩色：维持现状加上差值；色带：均值的95%置信区间",
    ),
    "figure.path.months": Pair("months since the rival's move", "竞争对手行动后的月数"),
    "figure.npv.title": Pair(
        "{positive} of {options} options surely worth more than holding:\n"
        "net present value (NPV) compared with hold, {unit}",
        "{options}个方案中有{positive}个确定优于维持现状：\n净现值（NPV）与维持现状之差，{unit}",
    ),
    "figure.npv.note": Pair(
        "Thick bar: how well the mean is known (95 % interval). Thin line: where single scenarios, "
        "each a market we may live in, lie (5th to 95th percentile). Small dots: single scenarios; "
        "◇ the worst",
        "粗条：均值有多可靠（95%置信区间）。细线：各情景（即我们可能身处的市场）的分布（第5至95百分位）。小圆点：单个"
        "情景；◇：最差情景",
    ),
    "figure.costs.title": Pair(
        "{arm}: {revenue} {unit} of revenue,\n{cost} of costs, {left} left",
        "{arm}：收入{revenue}{unit}，\n成本{cost}，剩余{left}",
    ),
    "figure.costs.revenue": Pair("revenue kept and won", "留存与新增收入"),
    "figure.costs.note": Pair(
        "Compared with hold over {months}, not discounted. Each bar starts where the one before "
        "ended",
        "与维持现状相比，{months}合计，未折现。每根柱从前一根的末端起算",
    ),
    "figure.costs": Pair("What it costs", "成本构成"),
    "figure.bridge.title": Pair(
        "{arm}: {revenue} {unit} of revenue compared with hold,\n"
        "{contribution} of contribution after costs",
        "{arm}：收入较维持现状{revenue}{unit}，\n扣除成本后贡献利润{contribution}",
    ),
    "figure.bridge.note": Pair(
        "Revenue over {months}: {hold} under hold, {arm} under the option. "
        "Each bar starts where the one before ended",
        "{months}收入：维持现状{hold}，采取方案{arm}。每根柱从前一根的末端起算",
    ),
    "figure.bridge.unexplained": Pair("not explained", "未解释部分"),
    "figure.bridge.revenue": Pair("revenue\ncompared\nwith hold", "收入\n差额"),
    "figure.bridge.cost": Pair("change\nin costs", "成本\n变动"),
    "figure.bridge.contribution": Pair("contribution\ncompared\nwith hold", "贡献利润\n差额"),
    "figure.customers.title": Pair(
        "{arm}: {gain} customers compared with hold;\n{saved} of those who stay, stay because of it",
        "{arm}：客户数较维持现状{gain}；\n留网客户中{saved}是因该方案而留下",
    ),
    "figure.customers.note": Pair(
        "{anyway} would have stayed anyway, {lost} leave either way",
        "{anyway}本来就会留网，{lost}无论如何都会离网",
    ),
    "figure.customers.gain": Pair("customers\ncompared\nwith hold", "客户数\n差额"),
    "figure.none": Pair("none", "无人"),
    "figure.switching.title": Pair(
        "{arm}: net {net} switch to {operator}\nover {months}, compared with hold",
        "{arm}：{months}内净转入{operator} {net}，\n与维持现状相比",
    ),
    "figure.switching.note": Pair("Rows: from. Columns: to", "行：转出方；列：转入方"),
    "figure.switching.hold": Pair("under hold, {unit}", "维持现状，{unit}"),
    "figure.switching.change": Pair("change with {arm}, {unit}", "{arm}带来的变化，{unit}"),
    "figure.regret.title": Pair(
        "{arm} regrets least: {mean} {unit} on average,\nbest in {wins} of {worlds} scenarios",
        "{arm}的后悔值最小：平均{mean}{unit}，\n在{worlds}种情景中有{wins}种最优",
    ),
    "figure.regret.note": Pair(
        "Cell: NPV missed compared with the scenario's best option; zero is the best",
        "单元格：与该情景最优方案相比少得的净现值；零为最优",
    ),
    "figure.regret.world": Pair("scenario {world}", "情景{world}"),
    "figure.share_over_time": Pair("Market share over time", "市场份额走势"),
    "figure.arpu_over_time": Pair("ARPU over time", "ARPU走势"),
    "figure.npv_forest": Pair("Gains with both kinds of spread", "收益及两类不确定性"),
    "figure.money_bridge": Pair("Where the money comes from", "收益来源"),
    "figure.subscriber_waterfall": Pair("Customers kept, won and driven away", "客户去留"),
    "figure.switching_matrix": Pair("Who switches where", "携号转网流向"),
    "figure.regret": Pair("Regret by scenario", "各情景后悔值"),
    "figure.missing": Pair(
        "The picture “{name}” could not be drawn ({why}); all figures stand in the tables.",
        "图“{name}”未能绘制（{why}）；所有数字均见各表。",
    ),
}  # fmt: skip
