//! The rules of a tenant.

use vault_domain::tenant::{Tenant, TenantCommand, TenantCreated, TenantEvent, TenantRefusal};

use crate::support::{assert_survives_a_snapshot, given};

fn created() -> TenantEvent {
    TenantEvent::Created(TenantCreated {})
}

#[test]
fn a_tenant_begins_to_exist() {
    given::<Tenant>([]).when(TenantCommand::Create).then([created()]);
}

#[test]
fn a_tenant_is_created_once() {
    given::<Tenant>([created()])
        .when(TenantCommand::Create)
        .then_refused(TenantRefusal::AlreadyExists);
}

#[test]
fn a_tenant_survives_its_snapshot() {
    assert_survives_a_snapshot::<Tenant>(&[]);
    assert_survives_a_snapshot::<Tenant>(&[created()]);
}
