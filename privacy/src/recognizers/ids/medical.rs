//! Numbers of patients and of those who treat them, which have no form of their own: a label must name them.

use vault_domain::EntityType::{HealthInsuranceId, MedicalLicence, MedicalRecordNumber};

use super::{super::checksum::all_same, IdRule};
use crate::confidence::{
    Strength::{Hint, Medium, Weak},
    Validity,
};

pub(super) const RULES: &[IdRule] = &[
    IdRule::new(
        MedicalRecordNumber,
        &[
            ("9{5,12}", Weak),
            ("A{1,4}9{4,10}", Weak),
            ("A{1,4}-9{4,10}", Weak),
            ("99-99-99", Weak),
            ("999-99-99", Weak),
            ("9{2,4}-9{3,6}", Weak),
            ("A{2,3} 9{5,10}", Weak),
            ("999-999-999", Weak),
        ],
        some,
        &[
            "mrn",
            "medical record",
            "medical record number",
            "medical record no",
            "med rec",
            "medical rec",
            "patient id",
            "patient number",
            "patient no",
            "chart number",
            "hospital number",
            "record number",
            "patient record",
            "patient identifier",
            "patientennummer",
            "health record",
        ],
    )
    .labelled(),
    // Its name may be part of it.
    IdRule::new(MedicalRecordNumber, &[("mrn9{5,10}", Medium)], some, &[]),
    IdRule::new(
        HealthInsuranceId,
        &[
            ("9{7,12}", Hint),
            ("A{1,4}9{6,12}", Weak),
            ("A{3}9{3}A9{4,6}", Weak),
            ("A9{8}", Weak),
            ("9{3}-9{2}-9{4}", Hint),
            ("A{1,4}-9{6,12}", Weak),
            ("A{3} 9{6,12}", Weak),
            ("AAA9{2}A9{5}", Weak),
            ("9{8,11}A", Weak),
            ("9{9}-99", Hint),
            ("A{3}-9{3}-9{4,6}", Weak),
            ("999 999 999", Hint),
            ("9999-9999-9999", Hint),
        ],
        some,
        &[
            "health insurance",
            "health insurance id",
            "health insurance number",
            "member id",
            "member number",
            "member no",
            "subscriber id",
            "subscriber number",
            "policy number",
            "policy no",
            "insurance id",
            "insurance number",
            "beneficiary id",
            "health plan",
            "health plan id",
            "health plan number",
            "plan id",
            "insurance policy",
            "insurance member",
            "medicaid",
            "medicaid id",
        ],
    )
    .labelled(),
    IdRule::new(
        MedicalLicence,
        &[
            ("A{1,3}9{4,8}", Weak),
            ("9{5,8}", Hint),
            ("A{1,3}-9{4,8}", Weak),
            ("A{2}9{2}-9{4,6}", Weak),
            ("9{2}-9{6}", Hint),
            ("A{1,3} 9{4,8}", Weak),
            ("A{2}-A{2}-9{4,8}", Weak),
            ("99.9{6}", Weak),
        ],
        some,
        &[
            "medical license",
            "medical licence",
            "medical license number",
            "medical licence number",
            "physician license",
            "nursing license",
            "license to practice",
            "medical board",
            "state medical license",
            "physician licence",
            "gmc",
            "gmc number",
            "nurse license",
            "medical lic",
        ],
    )
    .labelled(),
];

fn some(code: &[u8]) -> Validity {
    if all_same(code) {
        Validity::Invalid
    } else {
        Validity::Unknown
    }
}
