"""The people who work in the demo shop: one for each post, two where a queue is long."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Appointment:
    """Who holds a post, and the name they sign in by."""

    username: str
    name: str
    role: str


STAFF = (
    Appointment("zongjian", "沈国栋", "director"),
    Appointment("yunying", "林晓雯", "operations_manager"),
    Appointment("yunying1", "周子昂", "operations_specialist"),
    Appointment("tuiguang1", "许佳宁", "promotion_specialist"),
    Appointment("shuju1", "方哲", "data_analyst"),
    Appointment("kefu", "陈丽华", "service_supervisor"),
    Appointment("kefu1", "李婷婷", "service_agent"),
    Appointment("kefu2", "王雨桐", "service_agent"),
    Appointment("cangku1", "赵建军", "warehouse"),
    Appointment("cangku2", "孙海涛", "warehouse"),
    Appointment("caigou1", "何敏", "purchaser"),
    Appointment("hegui1", "顾文静", "compliance_reviewer"),
    Appointment("jishu", "郑启明", "technical_lead"),
    Appointment("jishu1", "罗宇航", "engineer"),
    Appointment("sheji", "苏颖", "design_lead"),
    Appointment("sheji1", "叶一鸣", "designer"),
    Appointment("caiwu1", "吴秀芳", "finance"),
    Appointment("renshi1", "曹慧", "hr"),
    Appointment("bumen1", "唐志强", "department_head"),
    Appointment("mendian1", "韩雪梅", "shop_clerk"),
    Appointment("daili1", "彭立新", "agent_team_lead"),
)
