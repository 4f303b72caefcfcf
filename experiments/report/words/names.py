"""Names that the product itself gives: segments, groups of people, counted things, assumptions."""

import re
from typing import TYPE_CHECKING

from experiments.measures.counterfactuals import UpliftGroup
from experiments.report.words.pairs import Pair

if TYPE_CHECKING:
    from experiments.report.words.words import Words

SEGMENTS = {
    "experience": Pair("experience-sensitive", "体验敏感型"),
    "price": Pair("price-sensitive", "价格敏感型"),
    "benefit": Pair("benefit-dependent", "权益依赖型"),
    "household": Pair("households", "家庭用户"),
    "enterprise": Pair("business customers", "政企客户"),
    "all": Pair("all", "合计"),
}
GROUPS = {
    UpliftGroup.PERSUADABLES: Pair("kept because of it", "因其留下"),
    UpliftGroup.SURE_THINGS: Pair("would have stayed anyway", "本来就会留网"),
    UpliftGroup.WON: Pair("won because of it", "因其转入"),
    UpliftGroup.WON_ANYWAY: Pair("would have come anyway", "本来就会转入"),
    UpliftGroup.LOST_CAUSES: Pair("lost anyway", "终将离网"),
    UpliftGroup.SLEEPING_DOGS: Pair("driven away by it", "因其离网"),
    UpliftGroup.NEVER: Pair("main line elsewhere", "主卡一直在他网"),
}
"""The uplift groups in plain words, in the order in which a report shows them."""
COUNTED = {
    "month": Pair("{n} month|{n} months", "{n}个月"),
    "times": Pair("once|{n} times", "{n}次"),
    "scenario": Pair("{n} scenario|{n} scenarios", "{n}种情景"),
    "option": Pair("{n} option|{n} options", "{n}个方案"),
    "run": Pair("{n} run|{n} runs", "{n}次运行"),
    "check": Pair("{n} check|{n} checks", "{n}项检验"),
    "line": Pair("{n} line|{n} lines", "{n}户"),
    "value": Pair(
        "{n} value that nothing would draw|{n} values that nothing would draw",
        "{n}个本不抽样的取值",
    ),
    "parameter": Pair("{n} parameter|{n} parameters", "{n}个参数"),
}
PARAMETERS = {
    "logit_scale_yuan": Pair("how closely people compare (less is closer)", "比价粗细（越小越精）"),
    "hassle_yuan": Pair("hassle of switching", "转网麻烦成本"),
    "quality_value_yuan": Pair("worth of network quality", "网络质量价值"),
    "brand_sd_yuan": Pair("spread of brand tastes", "品牌偏好差异"),
    "loss_aversion": Pair("loss aversion", "损失厌恶"),
    "transparency": Pair("price transparency", "价格透明度"),
    "peer_value_yuan": Pair("worth of friends on the same network", "亲友同网价值"),
    "look_friend": Pair("looking around because a friend moved", "亲友转网引发的比较"),
    "second_offload": Pair("data moved to the second SIM", "副卡分流比例"),
    "reach_value_yuan": Pair("partners' appetite", "合作伙伴意愿"),
    "persuasion": Pair("power of channels to persuade", "渠道说服力"),
    "reaction": Pair("reaction", "反应方式"),
    "reaction_delay_months": Pair("months it waits before it answers", "反应前等待的月数"),
    "reaction_patience_months": Pair(
        "months for which an attack that is matched goes on", "进攻遭完全跟进后仍坚持的月数"
    ),
    "gives_up_after": Pair("gives up an attack that does not pay after", "进攻无利时放弃的月数"),
}
"""What worlds draw, by the last part of the path; others go by their path."""
REACTIONS = {
    "none": Pair("none", "不反应"),
    "match": Pair("match", "同类跟进"),
    "escalate": Pair("escalate", "加码还击"),
    "copy": Pair("copy", "复制"),
    "profit_rule": Pair("only if it pays", "有利才跟进"),
    "punish_then_return": Pair("punish, then return", "惩罚后恢复"),
}
COUNTRIES = {
    "France": Pair("France", "法国"),
    "India": Pair("India", "印度"),
    "United States": Pair("the United States", "美国"),
}
"""Where published answers were given, as `conf/data/reactions_published.csv` calls them."""
_FACTOR = " (factor)"


def parameter(path: str, words: "Words") -> str:
    """A drawn parameter in words: `reaction of China Telecom: match`."""
    plain = path.removesuffix(_FACTOR)
    plain, _, option = plain.partition("=")
    parts = plain.split(".")
    pair = PARAMETERS.get(parts[-1])
    if pair is None:
        return path.replace("_", " ")
    name = pair.zh if words.code == "zh" else pair.en
    owner = parts[1] if len(parts) > 2 and parts[0] in {"rivals", "partners", "operators"} else ""
    if len(parts) > 2 and parts[0] == "channels":
        owner = parts[1]
    if owner and owner != "*":
        who = words.thing(owner) if parts[0] == "channels" else words.actor(owner)
        name = f"{who}：{name}" if words.code == "zh" else f"{who}: {name}"
    if option:
        names = REACTIONS.get(option, Pair(option, option))
        name += f"＝{names.zh}" if words.code == "zh" else f" = {names.en}"
    if path.endswith(_FACTOR):
        name += "（倍数）" if words.code == "zh" else " (×)"
    return name


PLACEHOLDER = re.compile(r"\{(\w+)[^}]*\}")
