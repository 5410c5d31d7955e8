//! All shapes as one tree over the forms of their groups.

use super::{
    shape::Shape,
    tokens::{Code, Form, MAX_CODE_BYTES},
};
use crate::confidence::Strength;

/// The shapes of all rules.
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// The first step, by kind and length: most tokens go no further.
    first: Vec<Option<usize>>,
}

#[derive(Default)]
struct Node {
    branches: Vec<(Form, usize)>,
    endings: Vec<Ending>,
}

/// A shape that ends at a node.
pub(super) struct Ending {
    pub(super) rule: usize,
    pub(super) strength: Strength,
    shape: Shape,
}

impl Ending {
    pub(super) fn fits(&self, code: &Code) -> bool {
        self.shape.fits(code.compact(), code.separators())
    }
}

impl Tree {
    pub(super) const ROOT: usize = 0;

    /// A tree of these patterns, each with its rule.
    pub(super) fn new(patterns: impl Iterator<Item = (usize, &'static str, Strength)>) -> Self {
        let mut tree = Self {
            nodes: vec![Node::default()],
            first: Vec::new(),
        };
        for (rule, pattern, strength) in patterns {
            for shape in Shape::all(pattern) {
                let mut ends = vec![Self::ROOT];
                for forms in shape.forms() {
                    ends = ends
                        .into_iter()
                        .flat_map(|node| forms.iter().map(move |form| (node, *form)))
                        .map(|(node, form)| tree.grow(node, form))
                        .collect();
                }
                for node in ends {
                    let shape = shape.clone();
                    tree.nodes[node].endings.push(Ending {
                        rule,
                        strength,
                        shape,
                    });
                }
            }
        }
        tree.first = vec![None; 3 * (MAX_CODE_BYTES + 1)];
        for (form, node) in &tree.nodes[Self::ROOT].branches {
            tree.first[slot(*form)] = Some(*node);
        }
        tree
    }

    fn grow(&mut self, node: usize, form: Form) -> usize {
        if let Some((_, child)) = self.nodes[node].branches.iter().find(|(other, _)| *other == form) {
            return *child;
        }
        let child = self.nodes.len();
        self.nodes.push(Node::default());
        self.nodes[node].branches.push((form, child));
        child
    }

    /// The node that a token of this form leads to.
    pub(super) fn step(&self, node: usize, form: Form) -> Option<usize> {
        if node == Self::ROOT {
            return self.first.get(slot(form)).copied().flatten();
        }
        let branches = &self.nodes.get(node)?.branches;
        branches
            .iter()
            .find(|(other, _)| *other == form)
            .map(|(_, child)| *child)
    }

    /// The shapes that end here.
    pub(super) fn endings(&self, node: usize) -> &[Ending] {
        self.nodes.get(node).map_or(&[], |node| &node.endings)
    }

    /// Whether no shape goes on from here.
    pub(super) fn is_leaf(&self, node: usize) -> bool {
        self.nodes.get(node).is_none_or(|node| node.branches.is_empty())
    }
}

const fn slot(form: Form) -> usize {
    form.kind as usize * (MAX_CODE_BYTES + 1) + form.length
}
