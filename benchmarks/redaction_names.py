"""How many names are found behind roles of every kind, and how many clean sentences are changed.

Roles, names and what follows were written down before the rules were run over them; every role meets twelve names drawn
at random. `redaction_clean.txt` has a sentence a line in which nobody is named. docs/privacy.md gives the figures.
"""

import random
from collections import Counter
from pathlib import Path

from analysis.intake.redact import redact

CLEAN = Path(__file__).with_name("redaction_clean.txt")
ROLES = """
物业管家 街道书记 镇党委委员 社区专干 村文书 拍卖师 床位医生 导医 保洁队长 绿化工 水厂职工 铁路职工
公交调度 海员 水手 渔民 果农 菜贩 古董商 拾金者 寻亲者 献血者 捐献者 信徒 住持 法师 道士 牧师 阿訇
喇嘛 模特 歌手 主播 团长 跑腿 家政 护理员 康复师 心理咨询师 钢琴老师 家庭教师 陪读妈妈 宝妈 租房人
合同相对方 实控人 挂靠人 经纪 司磅员 库管 财务总监 总监 副总 厂长 段长 列车长 机长 空姐 报案人 控告人
申诉人 信访户 上访户 困难职工 劳模 道德模范 老党员 入党积极分子 预备党员 村民代表 生产队长 乡贤 商会会长
遗产继承人 养子 姨妹 大舅哥 小舅子 亲家母 二女儿 三儿子 大儿媳 小孙子 外孙 重孙 堂叔 表姨 继父 后妈
男朋友 准儿媳 闺蜜 发小 校友 师兄 师妹 导师 学习委员 辅警队长 保安班长 网格长 楼组长 物业主任 居委主任
执行法官 公诉人 鉴定人 翻译 主编 作者 投稿人 留言人 发布者 住院病人 三床病人 3号床患者 确诊病例 密接者
疑似病例 接种者 失主 拾得人 领养人 饲养人 遛狗人 骑车人 行人 路人 围观者 肇事人 逃逸者 醉汉 赌徒
房主儿子 户主妻子 业主父亲 店主老婆 逝者 亡者 烈属 军属 现役军人 士官 战士 连长 排长 教官 学徒 帮工
杂工 小工 大工 瓦匠 石匠 漆匠 铁匠 裁缝 厨子 掌勺 跑堂 伙计 店小二 掌柜 东家 雇工 长工 短工 力工
挑夫 轿夫 纤夫 船老大 渔老板 菜场管理员 市场管理方 夜市摊主 烧烤摊主 早餐店主 超市老板 药店店员 网店客服
平台客服 直播间主播 带货主播 微商 代购 黄牛 二手车商 车贩子 房贩子 中间人 担保方 出借人 借款方 欠款人
债务人 还款人 汇款人 转账人 开卡人 挂失人 取款人 存款人 理财经理 信贷员 催收人 保险代理 投保人 理赔员
查勘员 定损员 验车员 年检员 交警队长 协管 停车管理员 收费员 票务员 检票员 安检员 值机员 地勤 空管员
乘务长 船长 大副 轮机长 舵手 报修户 缴费人 业委会副主任 楼栋管理员 抄表员 小区书记 宠物主人 车队长
指导员 社工 儿科医生 主刀医生 承租方 施工方代表 施工队长 瓦工班长 分拣员 装卸工 试用员工 幼儿园园长 家教
舍友 同桌 合租室友 前租客 原房主 新业主 上家 下家 监理工程师 检测员 技术员 采购员 调度员 站务员 育儿嫂
催收员 放贷人 担保人 受让人 发起人 出资人 实际控制人 财务 人事 前台 主持人 摄影师 化妆师 婚庆老板
养鸡户 承包商 分包人 材料商 供货商 网吧业主 船东 塘主 拾荒者 流浪汉 网民 发帖人 转业干部 三轮车夫
摩的司机 拖车师傅 拆迁办主任 副乡长 乡党委书记 驻村第一书记 包片干部 片区民警 团委书记 妇联主席 工会主席
巡视员 试验员 保洁阿姨 门卫大爷 小叔子 大姑子 妯娌 连襟 公婆 继女 养女 干爹 堂嫂 表舅 姨夫 曾孙 侄孙
爱人 对象 未婚妻 前女友 来电人 投诉人 市民 居民 村民 业主 租户 房东 司机 老板 联系人 经办人 负责人
当事人 患者 家属 死者 学生 家长 教师 医生 护士 民警 保安 网格员 法定代表人 证人 申请人 被告 邻居
儿子 女婿 母亲 顾客 乘客 消费者 工人 农民工 包工头 店主 摊主 志愿者 记者 律师 会计 骑手 快递员
"""
NAMES = """
张志明 王丽 李国强 陈小燕 刘洋 黄伟 周静 吴海龙 徐文 孙倩 马超群 朱红梅 胡军 郭靖 何佳 高敏 林涛
罗成 郑洁 谢飞 韩梅 唐勇 冯磊 董芳 萧峰 程刚 曹颖 袁野 邓亮 许巍 沈冰 曾强 彭丹 吕燕 苏晴 卢勇
蒋丽 蔡斌 贾宏 丁健 魏敏 薛涛 叶青 阎锋 余杰 潘虹 杜娟 戴军 夏琳 钟亮 汪洁 田静 任飞 姜涛 范华
方舟 石勇 姚鹏 谭晶 廖辉 邹静 熊伟 金鑫 陆涛 郝佳 孔祥东 白洁 崔明 康宁 毛毅 邱晨 秦刚 江涛 史磊
顾敏 侯勇 邵峰 孟佳 龙飞 万芳 段磊 雷鸣 钱进 汤敏 尹航 黎姿 易峰 常宽 武岳 乔丹 贺军 赖斌 龚洁
文斌 欧阳兰 司马青 上官云 褚健 卫东 戚伟 滕飞 仇英 佘明 亓斌 仉伟 缑丽 訾静 逄丽
"""
FOLLOWING = (
    "反映漏水",
    "不同意赔偿",
    "（已离职）拒接电话",
    "，五十岁",
    "昨晚闹事",
    "的手机丢了",
    "与物业争吵",
    "在现场",
    "把车停在门口",
    "收了押金",
    "被打伤",
    "还没回来",
    "今早摔倒",
    "天天吵闹",
)
BEFORE = ("", "昨天", "经查，", "投诉")
PER_ROLE = 12


def measure_names(seed: int = 4) -> tuple[int, list[str]]:
    """Return how many sentences with a name behind a role were made, and those in which it is left."""
    rng = random.Random(seed)
    made, left = 0, []
    names = NAMES.split()
    for role in ROLES.split():
        for _ in range(PER_ROLE):
            name = rng.choice(names)
            text = rng.choice(BEFORE) + role + name + rng.choice(FOLLOWING)
            made += 1
            if name in redact(text):
                left.append(text)
    return made, left


def measure_clean() -> tuple[int, list[str]]:
    """Return how many sentences without a name there are, and those that redaction changes."""
    texts = CLEAN.read_text("utf-8").splitlines()
    return len(texts), [text for text in texts if redact(text) != text]


def main() -> None:
    made, left = measure_names()
    print(f"names behind {len(ROLES.split())} roles: {made - len(left)} of {made} found")
    for text, count in Counter(left).most_common():
        print(f"- {text} ×{count}")
    total, changed = measure_clean()
    print(f"clean sentences changed: {len(changed)} of {total}")
    for text in changed:
        print(f"- {text} → {redact(text)}")


if __name__ == "__main__":
    main()
