//! Counties, districts and roads.

use crate::dice::Dice;

const PLACES: &[(&str, &[&str], &str)] = &[
    (
        "台北市",
        &["中正區", "大同區", "中山區", "松山區", "大安區", "信義區", "士林區", "內湖區", "文山區"],
        "02",
    ),
    (
        "新北市",
        &["板橋區", "新莊區", "中和區", "永和區", "三重區", "新店區", "土城區", "淡水區", "汐止區"],
        "02",
    ),
    ("桃園市", &["桃園區", "中壢區", "八德區", "平鎮區", "龜山區", "蘆竹區"], "03"),
    ("新竹市", &["東區", "北區", "香山區"], "03"),
    ("新竹縣", &["竹北市", "湖口鄉", "新豐鄉", "竹東鎮"], "03"),
    ("苗栗縣", &["苗栗市", "頭份市", "竹南鎮"], "037"),
    ("台中市", &["西屯區", "北屯區", "南屯區", "豐原區", "大里區", "太平區", "沙鹿區"], "04"),
    ("彰化縣", &["彰化市", "員林市", "鹿港鎮", "和美鎮"], "04"),
    ("雲林縣", &["斗六市", "虎尾鎮", "西螺鎮"], "05"),
    ("嘉義市", &["東區", "西區"], "05"),
    ("台南市", &["永康區", "安南區", "東區", "中西區", "新營區", "善化區"], "06"),
    ("高雄市", &["三民區", "左營區", "楠梓區", "鳳山區", "前鎮區", "苓雅區", "岡山區"], "07"),
    ("屏東縣", &["屏東市", "潮州鎮", "東港鎮"], "08"),
    ("宜蘭縣", &["宜蘭市", "羅東鎮", "礁溪鄉"], "03"),
    ("花蓮縣", &["花蓮市", "吉安鄉"], "03"),
    ("台東縣", &["台東市", "卑南鄉"], "089"),
    ("基隆市", &["仁愛區", "安樂區", "七堵區"], "02"),
    ("澎湖縣", &["馬公市"], "06"),
    ("金門縣", &["金城鎮", "金湖鎮"], "082"),
];

const ROADS: [&str; 16] = [
    "中山路",
    "中正路",
    "民生東路",
    "民權路",
    "復興南路",
    "和平東路",
    "忠孝東路",
    "仁愛路",
    "成功路",
    "建國路",
    "光復路",
    "文化路",
    "自由路",
    "五權西路",
    "博愛路",
    "三民路",
];

/// Somewhere in Taiwan.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) county: &'static str,
    pub(super) district: &'static str,
    pub(super) area_code: &'static str,
}

impl Place {
    pub(super) fn throw(dice: &mut Dice) -> Self {
        // Every second person lives in the six big cities at the front.
        let (county, districts, area_code) =
            if dice.chance(0.5) { dice.pick(&PLACES[..3]) } else { dice.pick(PLACES) };
        Self { county, district: dice.pick(districts), area_code }
    }

    /// 台北市大安區和平東路二段106號5樓之1
    pub(super) fn address(self, dice: &mut Dice) -> String {
        let mut parts =
            vec![self.county.to_owned(), self.district.to_owned(), dice.pick(&ROADS).to_owned()];
        if dice.chance(0.5) {
            parts.push(dice.pick(&["一段", "二段", "三段", "四段"]).to_owned());
        }
        if dice.chance(0.4) {
            parts.push(format!("{}巷", dice.between(1, 399)));
        }
        if dice.chance(0.2) {
            parts.push(format!("{}弄", dice.between(1, 39)));
        }
        parts.push(format!("{}號", dice.between(1, 599)));
        if dice.chance(0.6) {
            parts.push(format!("{}樓", dice.between(2, 20)));
        }
        if dice.chance(0.2) {
            parts.push("之1".to_owned());
        }
        parts.concat()
    }
}
