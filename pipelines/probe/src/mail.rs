//! The questions to 104, as a mail in Traditional Chinese: of what was refuted or not seen.

use model::Assumption;

use crate::record::{Outcome, Record};

/// The mail, or `None` if nothing is left to ask.
pub fn mail(record: &Record) -> Option<String> {
    let questions = |outcome: Outcome| -> Vec<String> {
        let verdicts = record.verdicts.iter().filter(|verdict| verdict.outcome == outcome);
        let asked = verdicts.filter_map(|verdict| Assumption::of(&verdict.assumption));
        asked.map(|assumption| format!("({}) {}", assumption.number, assumption.question)).collect()
    };
    let groups = [
        ("一、實測結果與文件或我們的理解不同,想請您確認:", questions(Outcome::Refuted)),
        ("二、實測未能確認,想請您說明:", questions(Outcome::NotSeen)),
    ];
    if groups.iter().all(|(_, questions)| questions.is_empty()) {
        return None;
    }
    let environment = match record.environment.as_str() {
        "production" => "正式環境",
        "sandbox" => "測試環境",
        _ => "介接環境",
    };
    let mut lines = vec![
        "主旨:履歷轉出 API(ehrweb_resume 1.0)介接問題".to_owned(),
        String::new(),
        "您好:".to_owned(),
        String::new(),
        format!("我們正在介接貴公司的履歷轉出 API,於{environment}實測後,有以下問題想請教:"),
    ];
    for (heading, questions) in groups {
        if !questions.is_empty() {
            lines.extend([String::new(), heading.to_owned()]);
            lines.extend(
                questions.into_iter().zip(1..).map(|(it, number)| format!("{number}. {it}")),
            );
        }
    }
    lines.extend([String::new(), "如有文件可供參考,也請一併提供,謝謝。".to_owned()]);
    Some(lines.join("\n"))
}
