mod fixture;

use std::fs;

use proptest::prelude::*;
use vault_crypto::{CryptoError, KeyError};
use vault_domain::KeyId;

use self::fixture::{fixture, id, place};
use super::*;

/// A content that differs from chunk to chunk.
fn content(length: usize) -> Vec<u8> {
    (0..length)
        .map(|index| ((index >> 20) ^ index).to_le_bytes()[0])
        .collect()
}

#[tokio::test]
async fn content_of_every_length_is_read_as_it_was_stored() {
    let vault = fixture().await;
    let chunk = CHUNK_SIZE_BYTES;
    for length in [
        0,
        1,
        65_537,
        chunk - 1,
        chunk,
        chunk + 1,
        2 * chunk,
        2 * chunk + 5,
    ] {
        let content = content(length);
        let address = vault.put(place(5), &content).await;
        assert!(vault.store.contains(place(5), address).await.expect("known"));
        let read = vault.store.get(place(5), address).await.expect("read");
        assert!(*read == content, "{length}");
    }
}

#[tokio::test]
async fn no_object_holds_plaintext() {
    let vault = fixture().await;
    let address = vault.put(place(5), b"plaintext of a record").await;
    let object = fs::read(vault.file(place(5), address, 0)).expect("there");
    assert!(!object.windows(9).any(|bytes| bytes == b"plaintext"));
}

#[tokio::test]
async fn equal_content_is_stored_once() {
    let vault = fixture().await;
    let address = vault.put(place(5), b"content").await;
    let before = fs::read(vault.file(place(5), address, 0)).expect("there");
    let again = vault
        .store
        .put(place(5), address, b"content")
        .await
        .expect("there");
    assert_eq!(again.outcome, PutOutcome::AlreadyThere);
    assert_eq!(fs::read(vault.file(place(5), address, 0)).expect("there"), before);
}

#[tokio::test]
async fn an_interrupted_write_is_not_there_and_is_completed_by_the_next() {
    let vault = fixture().await;
    let content = content(2 * CHUNK_SIZE_BYTES + 5);
    let address = vault.put(place(5), &content).await;
    fs::remove_file(vault.file(place(5), address, 0)).expect("removed");
    assert!(!vault.store.contains(place(5), address).await.expect("known"));
    assert!(matches!(
        vault.store.get(place(5), address).await,
        Err(ContentError::Missing)
    ));
    vault.put(place(5), &content).await;
    assert!(*vault.store.get(place(5), address).await.expect("read") == content);
}

#[tokio::test]
async fn content_under_another_address_is_neither_stored_nor_read() {
    let vault = fixture().await;
    let address = vault.address(place(5), b"one").await;
    let refused = vault.store.put(place(5), address, b"other").await;
    assert!(matches!(refused, Err(ContentError::OtherAddress)), "{refused:?}");
    assert!(!vault.store.contains(place(5), address).await.expect("known"));
    // A writer that sealed the wrong bytes under the right address.
    let keys = vault
        .keys
        .scope_keys(place(5).tenant, place(5).scope)
        .await
        .expect("keys");
    let object =
        seal_chunk(&keys.content, place(5), address, (0, ChunkPlace::Last, b"other")).expect("sealed");
    vault
        .store
        .put_absent(&place(5).chunk(address, 0), object)
        .await
        .expect("stored");
    let refused = vault.store.get(place(5), address).await;
    assert!(matches!(refused, Err(ContentError::OtherAddress)), "{refused:?}");
}

#[tokio::test]
async fn truncated_reordered_and_moved_chunks_are_refused() {
    let vault = fixture().await;
    let content = content(2 * CHUNK_SIZE_BYTES + 5);
    let address = vault.put(place(5), &content).await;
    let files = [0, 1, 2].map(|index| vault.file(place(5), address, index));
    let [first, second, last] = files.each_ref().map(|file| fs::read(file).expect("there"));
    let restore = || {
        for (file, bytes) in files.iter().zip([&first, &second, &last]) {
            fs::write(file, bytes).expect("written");
        }
    };

    fs::remove_file(&files[2]).expect("removed");
    let refused = vault.store.get(place(5), address).await;
    assert!(
        matches!(refused, Err(ContentError::MissingChunk { index: 2 })),
        "{refused:?}"
    );

    restore();
    let mut ended = second.clone();
    *ended.last_mut().expect("not empty") = LAST;
    fs::write(&files[1], &ended).expect("written");
    let refused = vault.store.get(place(5), address).await;
    assert!(
        matches!(refused, Err(ContentError::Refused { index: 1, .. })),
        "{refused:?}"
    );

    restore();
    fs::write(&files[0], &second).expect("written");
    fs::write(&files[1], &first).expect("written");
    let refused = vault.store.get(place(5), address).await;
    assert!(
        matches!(refused, Err(ContentError::Refused { index: 0, .. })),
        "{refused:?}"
    );

    restore();
    fs::write(&files[1], &last).expect("written");
    let refused = vault.store.get(place(5), address).await;
    assert!(
        matches!(refused, Err(ContentError::Refused { index: 1, .. })),
        "{refused:?}"
    );

    restore();
    assert!(*vault.store.get(place(5), address).await.expect("read") == content);
}

#[tokio::test]
async fn content_moved_to_another_dataset_or_address_is_refused() {
    let vault = fixture().await;
    let address = vault.put(place(5), b"content").await;
    let bytes = fs::read(vault.file(place(5), address, 0)).expect("there");
    let elsewhere = [
        (place(6), address),
        (place(5), ContentAddress::from_bytes([7; 32])),
    ];
    for (place, address) in elsewhere {
        let file = vault.file(place, address, 0);
        fs::create_dir_all(file.parent().expect("a folder")).expect("created");
        fs::write(&file, &bytes).expect("written");
        let refused = vault.store.get(place, address).await;
        let not_authentic = matches!(
            &refused,
            Err(ContentError::Refused {
                source: CryptoError::NotAuthentic(_),
                ..
            })
        );
        assert!(not_authentic, "{refused:?}");
    }
}

#[tokio::test]
async fn objects_that_are_no_chunks_are_refused() {
    let vault = fixture().await;
    let address = vault.put(place(5), b"content").await;
    let file = vault.file(place(5), address, 0);
    for malformed in [Vec::new(), vec![9], vec![LAST; CHUNK_SIZE_BYTES + 100]] {
        fs::write(&file, &malformed).expect("written");
        let refused = vault.store.get(place(5), address).await;
        assert!(
            matches!(refused, Err(ContentError::Malformed { index: 0 })),
            "{refused:?}"
        );
    }
    for too_short in [vec![LAST], vec![LAST; 40]] {
        fs::write(&file, &too_short).expect("written");
        let refused = vault.store.get(place(5), address).await;
        assert!(
            matches!(refused, Err(ContentError::Refused { index: 0, .. })),
            "{refused:?}"
        );
    }
    fs::write(&file, vec![LAST; 100]).expect("written");
    let refused = vault.store.get(place(5), address).await;
    assert!(
        matches!(refused, Err(ContentError::Keys(KeyError::NoKey { .. }))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn the_chunk_written_before_a_rotation_opens_after_it() {
    let vault = fixture().await;
    let content = content(CHUNK_SIZE_BYTES + 5);
    let address = vault.put(place(5), &content).await;
    fs::remove_file(vault.file(place(5), address, 0)).expect("removed");
    let ContentPlace { tenant, scope } = place(5);
    let rotated = vault
        .keys
        .create_content_key(tenant, scope, 2, KeyId::from_uuid(id(77)))
        .await;
    vault
        .rows
        .keys
        .lock()
        .expect("whole")
        .push(rotated.expect("created").row);
    vault.keys.forget(tenant, scope);
    vault.put(place(5), &content).await;
    assert!(*vault.store.get(place(5), address).await.expect("read") == content);
}

#[tokio::test]
async fn deleting_leaves_neither_objects_nor_addresses_and_spares_other_datasets() {
    let vault = fixture().await;
    let one = vault.put(place(5), &content(CHUNK_SIZE_BYTES + 5)).await;
    let two = vault.put(place(5), b"two").await;
    let other = vault.put(place(6), b"other").await;
    vault.store.delete(place(5), one).await.expect("deleted");
    vault.store.delete(place(5), one).await.expect("deleted again");
    assert!(!vault.file(place(5), one, 0).parent().expect("a folder").exists());
    assert!(vault.store.contains(place(5), two).await.expect("known"));
    vault.store.delete_scope(place(5)).await.expect("deleted");
    vault.store.delete_scope(place(5)).await.expect("deleted again");
    assert!(
        !vault
            .folder
            .path()
            .join("objects")
            .join(place(5).folder().as_ref())
            .exists()
    );
    assert!(vault.store.contains(place(6), other).await.expect("known"));
}

#[tokio::test]
async fn content_of_an_erased_dataset_does_not_open() {
    let vault = fixture().await;
    let address = vault.put(place(5), b"content").await;
    let scope = place(5).scope;
    vault
        .rows
        .keys
        .lock()
        .expect("whole")
        .retain(|row| row.scope != scope);
    vault.keys.forget(place(5).tenant, scope);
    let refused = vault.store.get(place(5), address).await;
    assert!(
        matches!(refused, Err(ContentError::Keys(KeyError::NoScopeKey { .. }))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn too_long_content_is_refused() {
    let vault = fixture().await;
    let address = ContentAddress::from_bytes([0; 32]);
    let refused = vault
        .store
        .put(place(5), address, &vec![0; MAX_CONTENT_BYTES + 1])
        .await;
    assert!(matches!(refused, Err(ContentError::TooLong)), "{refused:?}");
}

proptest! {
    #[test]
    fn chunks_cover_the_content_in_order(length in 0..4 * CHUNK_SIZE_BYTES) {
        static CONTENT: [u8; 4 * CHUNK_SIZE_BYTES] = [7; 4 * CHUNK_SIZE_BYTES];
        let all: Vec<_> = chunks(&CONTENT[..length]).collect();
        prop_assert_eq!(all.iter().map(|chunk| chunk.2.len()).sum::<usize>(), length);
        for (number, (index, position, chunk)) in all.iter().enumerate() {
            let is_last = number + 1 == all.len();
            prop_assert_eq!(*index as usize, number);
            prop_assert_eq!(*position == ChunkPlace::Last, is_last);
            prop_assert!(is_last || chunk.len() == CHUNK_SIZE_BYTES);
        }
    }
}

#[tokio::test]
async fn chunks_of_an_old_key_are_sealed_anew_in_their_place_and_the_old_key_is_needed_no_more() {
    let vault = fixture().await;
    let content = content(CHUNK_SIZE_BYTES + 5);
    let address = vault.put(place(5), &content).await;
    let old = vault.key(place(5)).await;
    let new = vault.rotate(place(5), 40).await;
    let put = vault.store.put(place(5), address, &content).await.expect("there");
    assert_eq!(put.keys, BTreeSet::from([old]), "who names it needs the old key");
    let stored = vault.stored(place(5)).await;
    // a break after the first chunk leaves two generations
    let mut first = stored.clone();
    first.chunks.retain(|index, _| *index == 0);
    assert_eq!(vault.store.rewrap(&first, old).await.expect("sealed").chunks, 1);
    assert!(*vault.store.get(place(5), address).await.expect("read") == content);
    let put = vault.store.put(place(5), address, &content).await.expect("there");
    assert_eq!(put.keys, BTreeSet::from([old, new]));
    assert_eq!(vault.store.rewrap(&stored, old).await.expect("sealed").chunks, 1);
    let by = vault.store.sealed_by(&stored).await.expect("known");
    assert_eq!(by.into_keys().collect::<Vec<_>>(), [new]);
    assert_eq!(vault.store.rewrap(&stored, old).await.expect("nothing").chunks, 0);
    vault.destroy(old);
    assert!(*vault.store.get(place(5), address).await.expect("read") == content);
}

#[tokio::test]
async fn a_content_under_a_key_that_is_gone_is_stored_anew() {
    let vault = fixture().await;
    let content = content(CHUNK_SIZE_BYTES + 5);
    let address = vault.put(place(5), &content).await;
    let old = vault.key(place(5)).await;
    let new = vault.rotate(place(5), 40).await;
    vault.destroy(old);
    let refused = vault.store.get(place(5), address).await;
    assert!(matches!(refused, Err(ContentError::Keys(_))), "{refused:?}");
    let put = vault
        .store
        .put_anew(place(5), address, &content)
        .await
        .expect("stored");
    assert_eq!(put.keys, BTreeSet::from([new]));
    assert!(*vault.store.get(place(5), address).await.expect("read") == content);
}
