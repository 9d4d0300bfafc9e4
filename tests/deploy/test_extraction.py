"""What tools/extract_google_provider.py takes from the provider's bindings."""

import zipfile
from pathlib import Path

from extract_google_provider import describe

ONE = 'typing.Union["{}", typing.Dict[builtins.str, typing.Any]]'
RULES = f"typing.Union[_c.IResolvable, typing.Sequence[{ONE.format('BasketRule')}]]"
LIFECYCLE = "typing.Union[_c.TerraformResourceLifecycle, typing.Dict[builtins.str, typing.Any]]"
BINDINGS = f'''
class Basket(_cdktf_9a9027ec.TerraformResource, metaclass=jsii.JSIIMeta):
    def __init__(
        self,
        scope: _constructs.Construct,
        id_: builtins.str,
        *,
        from_: builtins.str,
        rule: {RULES},
        labels: typing.Optional[typing.Mapping[builtins.str, builtins.str]] = None,
        names: typing.Optional[typing.Sequence[builtins.str]] = None,
        is_open: typing.Optional[typing.Union[builtins.bool, _c.IResolvable]] = None,
        lid: typing.Optional[{ONE.format("BasketLid")}] = None,
        count: typing.Optional[typing.Union[jsii.Number, _c.TerraformCount]] = None,
        lifecycle: typing.Optional[{LIFECYCLE}] = None,
    ) -> None:
        """Makes one.

        :param from_: Docs at {{@link https://example.com/docs#from Basket#from}}
        """

    @builtins.property
    def self_link(self) -> builtins.str: ...

    @builtins.property
    def names_input(self) -> builtins.str: ...

class BasketRule:
    def __init__(self, *, count: jsii.Number) -> None: ...

class BasketLid:
    def __init__(self, *, colour: typing.Optional[builtins.str] = None) -> None: ...
'''


def test_arguments_blocks_and_exports_are_told_apart(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bindings.whl", "w") as wheel:
        wheel.writestr("cdktf_cdktf_provider_google/basket/__init__.py", BINDINGS)
        assert describe(wheel, "google_basket") == {
            "arguments": {
                "from": "string!",
                "labels": "map",
                "names": "list",
                "is_open": "bool",
            },
            "blocks": {
                "rule!": {"arguments": {"count": "number!"}},
                "lid": {"max": 1, "arguments": {"colour": "string"}},
            },
            "exports": ["self_link"],
        }
