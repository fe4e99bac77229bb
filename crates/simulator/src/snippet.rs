//! What a client needs to be told, as settings ready to be copied.

use jiff::civil::Date;
use simulator::{Credential, Handle};

/// `[api]` and one `[[company]]` for each company, and the secrets as the environment holds them.
pub(crate) fn snippet(sim: &Handle, credentials: &[Credential], start_on: Date) -> String {
    let mut lines = vec!["[api]".to_owned()];
    lines.push(format!("token_url = \"{}\"", sim.token_url()));
    lines.push(format!("base_url = \"{}\"", sim.base_url()));
    let mut secrets = Vec::new();
    for (at, Credential { client_id, client_secret, companies }) in credentials.iter().enumerate() {
        let variable = if at == 0 {
            "ETL104_CLIENT_SECRET".into()
        } else {
            format!("ETL104_CLIENT_SECRET_{}", at + 1)
        };
        for company in companies {
            lines.push(format!("\n[[company]]\nno = \"{company}\"\nclient_id = \"{client_id}\""));
            lines.push(format!("client_secret_env = \"{variable}\"\nstart_on = {start_on}"));
        }
        secrets.push(format!("export {variable}={client_secret}"));
    }
    format!("{}\n\nand in its environment:\n\n{}", lines.join("\n"), secrets.join("\n"))
}
