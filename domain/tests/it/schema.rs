#[test]
fn show() {
    let (s, m) = vault_domain::schema::event_schemas();
    for s in s { println!("{} {}", s.event_type, serde_json::to_string_pretty(&s.schema).unwrap()); }
    println!("{}", serde_json::to_string_pretty(&m).unwrap());
}
