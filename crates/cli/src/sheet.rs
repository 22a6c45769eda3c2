//! A sheet of codes as a page to print: one side of A4, in black, to be cut into strips.

use std::fmt::Write as _;

use tanda_authority::sheets::Sheet;

/// The page, HTML without anything from elsewhere.
pub(crate) fn page(sheet: &Sheet, issuer: &str) -> String {
    let until = sheet.expires_at.strftime("%Y-%m-%d");
    let mut codes = String::new();
    for (n, code) in (1..).zip(&sheet.codes) {
        // Infallible: it is written to memory.
        let _ = write!(codes, "<li><b>{n}</b><code>{code}</code><i></i></li>");
    }
    let (name, tail, issuer) = (escaped(&sheet.name), escaped(&sheet.number_tail), escaped(issuer));
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Sheet of codes</title>\
         <style>{STYLE}</style><h1>{issuer}</h1>\
         <p>Codes in place of an identity card on a phone, for <strong>{name}</strong>, number \
         ending in <strong>{tail}</strong>. Good until <strong>{until}</strong>.</p>\
         <ul><li>Hand over one code where you are asked for your card: it is good once. Cross it \
         out.</li><li>By handing it over you agree to what the desk is registered to see; ask them, \
         and they will tell you.</li><li>Keep the sheet as you keep money. Lost? Have it revoked at \
         any counter: then no code is good any more.</li></ul><ol>{codes}</ol></html>"
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
    use super::escaped;

    #[test]
    fn a_name_is_no_markup() {
        assert_eq!(escaped("<b>&"), "&lt;b&gt;&amp;");
    }
}
