# ruff: noqa: E501 - a row is a line
"""The wordings of every fault that is known: one row for each, in the words of Keras 1 to 3 and of TensorFlow."""

from __future__ import annotations

import re

SHAPE = r"(?:tf\.)?(?:TensorShape)?\(?([\[(][\dNone?,\s-]*[\])])\)?"
"""A shape; its group is named by `_row`."""
PART = re.compile(r"<(\w+)>")


def _row(family: str, pattern: str) -> tuple[str, re.Pattern[str]]:
    """A row: `<s_name>` stands for a shape, `<n_name>` for a number."""

    def part(found: re.Match[str]) -> str:
        name = found[1]
        return SHAPE.replace("([", f"(?P<{name}>[", 1) if name.startswith("s_") else rf"(?P<{name}>-?\d+)"

    return family, re.compile(PART.sub(part, pattern.replace("(?P<", "(?P\0")).replace("(?P\0", "(?P<"), re.DOTALL)


ROWS: tuple[tuple[str, re.Pattern[str]], ...] = (
    _row("ndim", r"expected (?P<w_bound>min_|max_)?ndim=<n_expected>, found ndim=<n_found>(?:\. Full shape received: <s_shape>)?"),
    _row("axis", r"expected axis <n_axis> of input shape to have value \{?<n_expected>\}?,? but received input with shape <s_shape>"),
    _row("data_shape", r"expected shape=<s_expected>, found shape=<s_found>"),
    _row("data_shape", r"Expected shape <s_expected>, but input has incompatible shape <s_found>"),
    _row("data_shape", r"was constructed with shape <s_expected> for input .*? but it was called on an input with incompatible shape <s_found>"),
    _row("data_shape", r"Error when checking (?:model )?input: expected (?P<layer>\w+?)(?:_input\w*)? to have shape <s_expected> but got array with shape <s_found>"),
    _row("data_ndim", r"Error when checking (?:model )?input: expected (?P<layer>\w+?)(?:_input\w*)? to have <n_expected> dimensions, but got array with shape <s_found>"),
    _row("target", r"Error when checking (?:model )?target: expected (?P<layer>\w+) to have (?:<n_expected> dimensions,|shape <s_output>) but got array with shape <s_target>"),
    _row("target", r"`?logits`? and `?labels`? must have the same shape,?\s*(?:\(|received:? *\(?)? *<s_output> vs\.? <s_target>"),
    _row("target", r"Arguments `target` and `output` must have the same [^.]*\. Received: target\.shape=<s_target>, output\.shape=<s_output>"),
    _row("target", r"Argument `output` must have rank \(ndim\) `target\.ndim - 1`\. Received: target\.shape=<s_target>, output\.shape=<s_output>"),
    _row("target", r"Shapes <s_target> and <s_output> are incompatible"),
    _row("concatenate", r"`?Concatenate`? layer requires inputs with matching shapes except for the conc\w+ axis[.,] *(?:Received: (?:input_shape=)?|Got inputs shapes: )(?P<l_all>\[.*?[\])]\])"),
    _row("merge", r"Inputs have incompatible shapes\. Received shapes <s_a> and <s_b>"),
    _row("merge", r"[Oo]perands could not be broadcast together with shapes <s_a>,? <s_b>"),
    _row("widths", r"Matrix size-incompatible: In\[0\]: <s_a>, In\[1\]: <s_b>"),
    _row("widths", r"Dimensions must be equal, but are <n_a> and <n_b>(?: for '\{\{node (?P<w_node>[^}]*)\}\})?"),
    _row("fully_defined", r"must be fully-defined \(no `None` dimensions\)\. Received: shape=<s_shape> for variable path='(?P<w_path>[^']*)'"),
    _row("last_axis", r"last dimension of the inputs to (?:a )?`?(?P<w_type>\w+)`?(?: layer)? should be defined"),
    _row("channels", r"[Tt]he channel dimension of the inputs (?:to `?(?P<w_type>\w+)`? )?should be defined(?:\. The input_shape received is <s_shape>)?"),
    _row("states", r"Too few leaves for PyTreeSpec"),
    _row("states", r"[Ll]ayer has <n_expected> states but was passed <n_found> initial states"),
    _row("states", r"initial_state.*list index out of range|list index out of range.*initial_state"),
    _row("state_axes", r"Number of ways to split should evenly divide the split dimension"),
    _row("softmax_mask", r"The `mask` must be broadcastable to `inputs`"),
    _row("mask_axes", r"condition <s_a>, then <s_b>, and else \S* ?must be broadcastable"),
    _row("inputs", r"[Ll]ayer [\"'`]?(?P<layer>[\w.-]+)[\"'`]? expects <n_expected> inputs?(?:\(s\))?, but it received <n_found> input tensors?"),
    _row("kernel_rank", r"Kernel shape must have the same length as input, but received kernel of shape <s_kernel> and input of shape <s_shape>"),
    _row("too_short", r"Computed output size would be zero or negative\. Received:? `inputs[. ]shape=<s_shape>`, `(?P<w_kind>kernel|pool)[_ ](?:shape|size)=<s_kernel>"),
    _row("too_short", r"Negative dimension size caused by subtracting <n_kernel> from <n_size>(?:.*?input shapes: <s_shape>)?"),
    _row("too_short", r"dimensions in the output is <= 0 due to downsampling in (?P<layer>\w+?)\..*?[Rr]eceived input shape <s_shape>"),
    _row("lengths", r"(?:Incompatible shapes|required broadcastable shapes)[^\[(]*<s_a> vs\.? <s_b>"),
    _row("unroll", r"Cannot unroll a RNN if the time dimension is undefined"),
    _row("inner_mask", r"TimeDistributed.*(?:list assignment index out of range|axis 2 is out of bounds)|The mask provided should be one dimension less"),
    _row("name_twice", r"name \"(?P<w_name>[\w./-]+)\" is used <n_times> times in the model"),
    _row("stateful_states", r"unsupported operand type\(s\) for \*: 'generator' and 'int'"),
    _row("keyword", r"Unrecognized keyword arguments? passed to (?P<w_type>\w+): \{(?P<w_names>[^}]*)\}"),
    _row("keyword", r"Keyword argument not understood:?',? *'(?P<w_argument>\w+)'"),
    _row("keyword", r"(?:(?P<w_type>\w+)\.)?__init__\(\) got an unexpected keyword argument '(?P<w_argument>\w+)'"),
    _row("token", r"indices\[(?P<w_at>[\d, ]*)\] = <n_value> is not in \[0, <n_size>\)"),
    _row("stateful", r"batch size must be static\. Found dynamic batch size|RNN is stateful, it needs to know its batch size"),
    _row("reshape", r"total size of (?:the tensor|new array) must be unchanged.*?input_shape ?= ?<s_shape>, (?:target_shape|output_shape|newshape) ?= ?<s_target>"),
    _row("inner_rank", r"`TimeDistributed` Layer should be passed an `input_shape ?` ?with at least 3 dimensions, received: <s_shape>"),
    _row("attention_list", r"(?P<w_type>Attention|AdditiveAttention) layer must be called on a list of inputs"),
    _row("attention_width", r"last dimension of `query_shape` and `value_shape` must be equal, but are <n_a>(?:,| vs) <n_b>"),
    _row("absent", r"(?:module '[\w.]*(?:keras|layers)[\w.]*' has no attribute|cannot import name) '(?P<w_type>\w+)'"),
)  # fmt: skip
