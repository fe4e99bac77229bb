//! Free texts: plain and with markup.

use super::person::Person;
use crate::dice::Dice;

const SENTENCES: [&str; 20] = [
    "我是一個樂觀開朗、認真負責的人，對於交辦事項總是全力以赴。",
    "父母從小教導我誠實待人，家中有一個弟弟，感情融洽。",
    "求學期間擔任系學會活動長，學習到團隊合作與溝通協調的重要性。",
    "在前一份工作中，我學會如何在壓力下維持工作品質。",
    "我對新事物保持好奇心，閒暇時會參加線上課程充實自己。",
    "曾利用暑假打工，培養了吃苦耐勞的精神。",
    "期許自己能在貴公司長期發展，與公司一同成長。",
    "大學專題以「智慧農業感測系統」為題，獲得校內競賽佳作。",
    "我相信細節決定成敗，凡事會再三確認。",
    "因家庭因素搬遷至此，希望能就近找尋穩定的工作。",
    "個性細心謹慎，擅長資料整理與數據分析。",
    "曾赴日本交換一學期，體驗不同文化並提升外語能力。",
    "平時喜歡登山、慢跑，完成過三次半程馬拉松。",
    "主管評價我為「值得信賴的夥伴」。",
    "轉職動機：希望挑戰更大規模的專案，並拓展專業領域。",
    "短期目標是熟悉業務流程，三年內成為能獨當一面的專業人員。",
    "面對客戶的抱怨，我會先傾聽、再提出可行的解決方案。",
    "若有機會加入貴公司，必定盡心盡力，謝謝您的閱讀。",
    "可配合加班與出差，到職日可議。",
    "我擁有普通小型車駕照，可自行開車上下班。",
];

const ENGLISH: [&str; 8] = [
    "I am a responsible and detail-oriented person with a passion for continuous learning.",
    "During my studies I led a team of five and completed our capstone project ahead of schedule.",
    "My previous position taught me how to communicate with overseas clients.",
    "I hope to contribute my skills to a company with an international perspective.",
    "In my free time I enjoy hiking, photography and volunteering.",
    "I improved the weekly reporting process and saved about six hours a week.",
    "I am comfortable with working under pressure & meeting tight deadlines.",
    "Thank you for taking the time to review my resume.",
];

const EMOJI: [&str; 6] = ["😊", "🙏", "💪", "👩‍💻", "🇹🇼", "✨"];

/// So many sentences, the last one perhaps with an emoji.
pub(super) fn plain(dice: &mut Dice, person: &Person, sentences: usize) -> String {
    let mut text = String::new();
    for _ in 0..sentences {
        let duty = person.trade.duties;
        text.push_str(if dice.chance(0.25) { dice.pick(duty) } else { dice.pick(&SENTENCES) });
        if dice.chance(0.15) {
            text.push_str(dice.pick(&["\n", "\r\n", "\n\n"]));
        }
    }
    if dice.chance(0.1) {
        text.push_str(dice.pick(&EMOJI));
    }
    text
}

/// So many sentences in English.
pub(super) fn english(dice: &mut Dice, sentences: usize) -> String {
    (0..sentences).map(|_| dice.pick(&ENGLISH)).collect::<Vec<_>>().join(" ")
}

/// The same as [`plain`], in the markup of an editor.
pub(super) fn html(dice: &mut Dice, person: &Person, sentences: usize) -> String {
    let lines: Vec<String> = (0..sentences.max(1)).map(|_| plain(dice, person, 1)).collect();
    match dice.between(0, 6) {
        0 => lines.concat(),
        1 => lines.join("<br>"),
        2 => lines.join("<br />\n"),
        3 => format!("<p>{}</p>", lines.join("</p><p>")),
        4 => format!("<ul><li>{}</li></ul>", lines.join("</li><li>")),
        5 => format!(
            "<div style=\"color:#333\">{}&nbsp;&amp;&nbsp;<b>{}</b><a href=\"https://portfolio.example/{}\">作品集</a></div>",
            lines.join("<br/>"),
            dice.pick(person.trade.skills),
            person.number
        ),
        _ => format!(
            "<p><span>{}</span> 薪資 &gt; 3 萬 &lt;可議&gt; &#x2714;</p>",
            lines.join("</span><br><span>")
        ),
    }
}

/// A motto.
pub(super) fn motto(dice: &mut Dice) -> &'static str {
    dice.pick(&[
        "天道酬勤",
        "做事先做人",
        "今日事，今日畢。",
        "沒有最好，只有更好！",
        "態度決定高度 ✨",
        "活到老學到老",
        "Stay hungry, stay foolish.",
        "凡走過必留下痕跡",
    ])
}
