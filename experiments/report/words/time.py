"""What the length of time changes, and where the money of each option goes."""

from experiments.report.words.pairs import Pair

TEXTS: dict[str, Pair] = {
    "time": Pair("The same options over other horizons", "不同考察期下的各方案"),
    "time.option": Pair("option", "方案"),
    "time.npv": Pair("NPV until then", "到期净现值"),
    "time.after": Pair("after it", "其后价值"),
    "time.break_even": Pair("earned its cost after, months", "收回成本，月"),
    "time.run_rate": Pair("last year's contribution", "最后一年贡献利润"),
    "time.never": Pair("not yet", "尚未"),
    "time.note": Pair(
        "All compared with holding, {unit}, means over scenarios. “After it”: what customers who are "
        "with us at the end are worth for as long as they stay, from the run's own churn and margin, "
        "discounted; no customers to come are counted.{missing}",
        "均为与维持现状之差，{unit}，各情景均值。“其后价值”：期末在网客户剩余生命周期的价值，按运行自身的离网率和"
        "毛利折现；不计未来新客户。{missing}",
    ),
    "time.missing": Pair(
        " Nothing is said about {months}: the run is shorter.", "未涉及{months}：运行期不足。"
    ),
    "time.change": Pair(
        "Over {months}, {leader} is ahead of {arm} by {amount}.",
        "按{months}计，“{leader}”领先“{arm}”{amount}。",
    ),
    "time.change.lifetime": Pair(
        "If customers' remaining lifetime after {months} counts, {leader} is ahead of {arm} by "
        "{amount}.",
        "若计入{months}之后客户的剩余生命周期，“{leader}”领先“{arm}”{amount}。",
    ),
    "time.same": Pair(
        "Over {months} and with customers' remaining lifetime, no other option is surely better.",
        "按{months}计，以及计入客户剩余生命周期，都没有其他方案明显更优。",
    ),
    "time.paid": Pair("{arm} has earned its cost after {months}.", "“{arm}”在{months}后收回成本。"),
    "time.unpaid": Pair("{arm} has not earned its cost within {months}.", "“{arm}”在{months}内未收回成本。"),
    "time.free": Pair("{arm} is at no time behind holding on average.", "“{arm}”平均而言始终不落后于维持现状。"),
    "costs": Pair("Where the money goes", "钱花在哪里"),
    "costs.line": Pair(
        "What {arm} costs over {months}: {cost}, of which {parts}; each {currency} returns {back} after "
        "all costs.",
        "“{arm}”{months}内的成本：{cost}，其中{parts}；每{currency}成本扣除全部成本后回报{back}。",
    ),
    "costs.line.unsure": Pair(
        "What {arm} costs over {months}: {cost}, of which {parts}.",
        "“{arm}”{months}内的成本：{cost}，其中{parts}。",
    ),
    "costs.partners": Pair(
        "Partners receive {theirs} more, from us and others; what we earn by them is in our revenue.",
        "合作伙伴多收入{theirs}（来自我方及他方）；我方因此所得已计入收入。",
    ),
    "costs.partners.less": Pair(
        "Partners receive {theirs} less, from us and others.",
        "合作伙伴少收入{theirs}（来自我方及他方）。",
    ),
    "costs.revenue": Pair("revenue of customers kept and won", "留存与新增客户收入"),
    "costs.total": Pair("all costs", "成本合计"),
    "costs.contribution": Pair("contribution", "贡献利润"),
    "costs.return": Pair("return per {currency}", "每{currency}回报"),
    "costs.partners.earn": Pair("partners receive", "合作伙伴所得"),
    "costs.note": Pair(
        "Compared with holding over {months}, {unit}, not discounted. Every amount stands in one "
        "column: revenue less all costs is contribution. Price given away: what customers who would "
        "have stayed anyway pay less.",
        "与维持现状相比，{months}合计，{unit}，未折现。每笔金额只计入一栏：收入减成本合计即贡献利润。让利：本来就会"
        "留网的客户少付的金额。",
    ),
    "cost.price_given_away": Pair("price given away", "让利"),
    "cost.serving": Pair("serving lines", "服务成本"),
    "cost.commissions": Pair("commissions", "渠道佣金"),
    "cost.partners": Pair("partners' fees", "合作结算"),
    "cost.campaigns": Pair("campaigns and advertising", "营销与广告"),
    "cost.credits_and_points": Pair("credits and points", "赠费与积分"),
    "cost.other": Pair("other", "其他"),
}  # fmt: skip
