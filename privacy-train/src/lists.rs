//! The table of word lists.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, bail};
use vault_privacy::names::{
    model::{Gazetteer, MAX_PROBES, list, list_place},
    token::{Token, tokenize},
};

/// The number of places in the table, as a power of two.
pub(crate) const BITS: u32 = 19;

struct NoLists;

impl Gazetteer for NoLists {
    fn lists(&self, _: u64) -> u16 {
        0
    }

    fn guess(&self, _: &[u8], _: u16) -> u8 {
        0
    }
}

/// Reads lines of `word<tab>list,list`.
pub(crate) fn read(path: &Path) -> anyhow::Result<BTreeMap<String, u16>> {
    let mut words = BTreeMap::new();
    for line in crate::read(path)?.lines() {
        let (word, lists) = line
            .split_once('\t')
            .context("a line of the gazetteer has no tab")?;
        let bits = lists.split(',').map(bit).sum::<anyhow::Result<u16>>()?;
        *words.entry(word.to_owned()).or_default() |= bits;
    }
    Ok(words)
}

/// Puts words into a table with open places.
pub(crate) fn table(words: &BTreeMap<String, u16>) -> anyhow::Result<Vec<u32>> {
    let mut hashed: BTreeMap<u64, u16> = BTreeMap::new();
    for (word, bits) in words {
        *hashed.entry(hash(word)).or_default() |= bits;
    }
    let mut table = vec![0_u32; 1 << BITS];
    for (word, bits) in hashed {
        let (mut place, mark) = list_place(word);
        let mut probes = 0;
        place &= table.len() - 1;
        while table[place] != 0 {
            place = (place + 1) % table.len();
            probes += 1;
        }
        if probes >= MAX_PROBES {
            bail!("the table of lists is too full");
        }
        table[place] = mark << list::BITS | u32::from(bits);
    }
    Ok(table)
}

/// The hash that the tokenizer gives a word.
fn hash(word: &str) -> u64 {
    let mut tokens: Vec<Token> = Vec::new();
    tokenize(word, &NoLists, &mut tokens);
    tokens.first().map_or(0, |token| token.word)
}

fn bit(name: &str) -> anyhow::Result<u16> {
    Ok(match name {
        "first" => list::FIRST,
        "last" => list::LAST,
        "rare" => list::RARE,
        "city" => list::CITY,
        "region" => list::REGION,
        "street" => list::STREET,
        "company" => list::COMPANY,
        "title" => list::TITLE,
        "common" => list::COMMON,
        "word" => list::WORD,
        other => bail!("there is no list {other}"),
    })
}
