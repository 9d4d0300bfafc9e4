"""The rules of findings: warnings that are counted, each with examples."""

from firmograph.contract.rules import RuleEntry

FINDING_RULES = (
    # a value
    RuleEntry(
        "ambiguous",
        (),
        "Several elements of a list match what a column picks. The first one with a value was "
        "taken.",
        "Look at the documents. If another element is meant, make the path in the contract pick "
        "it by its code.",
    ),
    RuleEntry(
        "duplicate_key",
        (),
        "An object holds a key twice. The last value was taken; the one it hides is given.",
        "Look at the document: two records may have been merged into one. Have the sender export "
        "it again if the hidden value is the right one.",
    ),
    RuleEntry(
        "expected",
        (),
        "A value that the contract declares `expected` is missing, although the document covers "
        "the table. The column is NULL.",
        "If many are missing, ask the vendor; if the value is never delivered, remove the rule "
        "from the contract.",
    ),
    RuleEntry(
        "number_as_text",
        (),
        "A number stands where text is expected. It was taken as it is written; leading zeros "
        "may have been lost before it was delivered.",
        "Check the value for lost zeros, and have the sender write it in quotes.",
    ),
    RuleEntry(
        "single_object",
        (),
        "One object stands where a list is expected. It was taken as a list of one.",
        "Nothing, if the value is right.",
    ),
    RuleEntry(
        "text_as_boolean",
        (),
        'Text such as `"true"` stands where `true` or `false` is expected. It was converted.',
        "Nothing, if the value is right.",
    ),
    RuleEntry(
        "text_as_number",
        (),
        'Text such as `"12"` stands where a number is expected. It was converted.',
        "Nothing, if the value is right.",
    ),
    RuleEntry(
        "unfit",
        (),
        "A value that is not mandatory does not fit its column: its type, its unit, a code or a "
        "date beside it, or the shape of what it stands in. It was read as NULL; the example "
        "names the D-U-N-S number, the path and the value.",
        "Tell the sender, or change the column's path or type in the contract. With `fault: "
        "refuse` the contract refuses such values.",
    ),
    # a table
    RuleEntry(
        "data_test",
        (),
        "A data test in `marts/tests/` returned rows, or could not be run. `table_name` is the "
        "name of the test.",
        "Run its SELECT with `firmograph sql --file` and look at the rows.",
    ),
    # a family tree
    RuleEntry(
        "branches_now_excluded",
        (),
        "A tree has fewer members than before because branches were excluded from the request. "
        "The branches were removed from the table.",
        "If they are wanted, request the tree with its branches.",
    ),
    RuleEntry(
        "count_changed",
        (),
        "The pages of one tree state different numbers of members. The newest is taken.",
        "Usual when the family changed between two requests. Request the tree again if members "
        "are missed.",
    ),
    RuleEntry(
        "count_differs",
        (),
        "A tree has all of its pages, and not as many members as the vendor states.",
        "A small difference is usual: the family changed between two requests. Else request the "
        "tree again.",
    ),
    RuleEntry(
        "cycle",
        (),
        "Members of a tree are their own ancestors.",
        "Request the tree again; if it stays, report it to the vendor.",
    ),
    RuleEntry(
        "incomplete",
        (),
        "Pages or members of a tree's newest delivery are missing. If an older delivery is "
        "complete, its members stay; the reason says what is missing.",
        "Deliver the missing pages, or request the tree again.",
    ),
    RuleEntry(
        "level_jump",
        (),
        "A member's hierarchy level is not one below its parent's.",
        "Do not rely on the level of this member; use its parent.",
    ),
    RuleEntry(
        "orphan",
        (),
        "A member's parent is not in the tree.",
        "If branches were excluded this is usual; else request the tree again.",
    ),
    RuleEntry(
        "second_root",
        (),
        "A member other than the global ultimate has no parent.",
        "Request the tree again; if it stays, report it to the vendor.",
    ),
)
