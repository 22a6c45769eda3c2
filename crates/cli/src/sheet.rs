//! A sheet of codes as a page to print: one side of A4, in black, to be cut into strips.

use std::fmt::Write as _;

use clap::ValueEnum;
use tanda_authority::sheets::Sheet;

/// What a sheet can be printed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SheetLanguage {
    /// English
    En,
    /// Bahasa Indonesia
    Id,
    /// 中文
    Zh,
}

/// What a sheet says. `{name}`, `{tail}` and `{until}` stand for whose it is and how long it is good.
struct Words {
    tag: &'static str,
    title: &'static str,
    whose: &'static str,
    rules: [&'static str; 3],
}

impl SheetLanguage {
    const fn words(self) -> Words {
        match self {
            Self::En => Words {
                tag: "en",
                title: "Sheet of codes",
                whose: "Codes in place of an identity card on a phone, for {name}, number ending in \
                        {tail}. Good until {until}.",
                rules: [
                    "Hand over one code where you are asked for your card: it is good once. Cross it \
                     out.",
                    "By handing it over you agree to what the desk is registered to see; ask them, \
                     and they will tell you.",
                    "Keep the sheet as you keep money. Lost? Have it revoked at any counter: then no \
                     code is good any more.",
                ],
            },
            Self::Id => Words {
                tag: "id",
                title: "Lembar kode",
                whose: "Kode pengganti kartu identitas di ponsel, untuk {name}, nomor berakhiran \
                        {tail}. Berlaku sampai {until}.",
                rules: [
                    "Serahkan satu kode saat kartu Anda diminta: berlaku sekali. Coret setelah \
                     dipakai.",
                    "Dengan menyerahkannya Anda menyetujui data yang boleh dilihat loket itu; \
                     tanyakan, dan petugas akan menjelaskannya.",
                    "Simpan lembar ini seperti uang. Hilang? Minta pencabutan di loket mana pun: \
                     setelah itu tidak ada kode yang berlaku.",
                ],
            },
            Self::Zh => Words {
                tag: "zh-Hans",
                title: "代码单",
                whose: "供 {name}(号码尾号 {tail})代替手机身份证使用的代码,有效期至 {until}。",
                rules: [
                    "需要出示证件时交出一个代码:每个代码只能用一次,用后请划掉。",
                    "交出代码即表示您同意该柜台查看其登记范围内的信息;您可以询问,工作人员会告诉您。",
                    "请像保管现金一样保管。遗失时请到任一柜台注销,注销后所有代码失效。",
                ],
            },
        }
    }
}

/// The page, HTML without anything from elsewhere.
pub(crate) fn page(sheet: &Sheet, issuer: &str, language: SheetLanguage) -> String {
    let Words { tag, title, whose, rules } = language.words();
    let mut codes = String::new();
    for (n, code) in (1..).zip(&sheet.codes) {
        // Infallible: it is written to memory.
        let _ = write!(codes, "<li><b>{n}</b><code>{code}</code><i></i></li>");
    }
    let strong = |text: &str| format!("<strong>{}</strong>", escaped(text));
    let whose = whose
        .replace("{until}", &strong(&sheet.expires_at.strftime("%Y-%m-%d").to_string()))
        .replace("{tail}", &strong(&sheet.number_tail))
        .replace("{name}", &strong(&sheet.name));
    let rules: String = rules.iter().map(|rule| format!("<li>{rule}</li>")).collect();
    let issuer = escaped(issuer);
    format!(
        "<!doctype html><html lang=\"{tag}\"><meta charset=\"utf-8\"><title>{title}</title>\
         <style>{STYLE}</style><h1>{issuer}</h1><p>{whose}</p><ul>{rules}</ul><ol>{codes}</ol></html>"
    )
}

const STYLE: &str = "@page{size:A4;margin:15mm}body{font:12pt/1.4 sans-serif;max-width:180mm}\
    ol{columns:2;list-style:none;padding:0}ol li{display:flex;gap:4mm;align-items:center;\
    break-inside:avoid;border:1px dashed #000;padding:3mm;margin:0 0 3mm}\
    code{font:bold 15pt monospace;flex:1}i{width:6mm;height:6mm;border:1px solid #000}";

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use rand::SeedableRng as _;
    use tanda_model::CardId;

    use super::*;

    #[test]
    fn every_language_says_whose_it_is_and_a_name_is_no_markup() {
        let mut rng = rand::rngs::StdRng::seed_from_u64(1);
        let sheet = Sheet {
            card: CardId::new(Timestamp::UNIX_EPOCH, &mut rng),
            codes: Vec::new(),
            expires_at: Timestamp::UNIX_EPOCH,
            name: "<b>&{tail}".to_owned(),
            number_tail: "9903".to_owned(),
        };
        for language in SheetLanguage::value_variants() {
            let page = page(&sheet, "City", *language);
            assert!(page.contains("<strong>&lt;b&gt;&amp;{tail}</strong>"), "{page}");
            assert!(
                page.contains("<strong>9903</strong>") && page.contains("1970-01-01"),
                "{page}"
            );
        }
    }
}
