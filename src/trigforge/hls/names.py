"""Graph names as C++ identifiers."""

import re

# C++ keywords, macros and namespaces, and the attributes that an hls4ml input layer has.
_RESERVED = frozenset(
    """alignas alignof and and_eq asm auto bitand bitor bool break case catch char class compl const constexpr
    const_cast continue decltype default delete do double dynamic_cast else enum explicit export extern false
    float for friend goto if inline int long mutable namespace new noexcept not not_eq nullptr operator or or_eq
    private protected public register reinterpret_cast return short signed sizeof static static_assert
    static_cast struct switch template this thread_local throw true try typedef typeid typename union unsigned
    using virtual void volatile wchar_t while xor xor_eq linux unix max min div_roundup eof null assert nnet
    trigforge std hls input index trace strategy precision reuse_factor target_cycles input_shape type_name
    class_name name inputs outputs
    """.split()
)
# Macros of the system's headers: most are in capitals, these are not.
_CAPITALS = re.compile(r"[A-Z]([A-Z0-9_]\w*)?")
_SMALL_MACROS = re.compile(
    r"""alloca|assert_perror|be\d+toh|htobe\d+|htole\d+|le\d+toh|errno|issubnormal|math_errhandling|offsetof
    |pthread_cleanup_\w+|sa_(handler|sigaction)|sched_priority|setjmp|si_\w+|sigev_notify_\w+|sigmask|sigsetjmp
    |std(err|in|out)|strn?dupa|st_[acm]time|va_(arg|copy|end|start)|unix|linux|major|minor|makedev""",
    re.X,
)
# What hls4ml itself calls variables, types, weights and configurations.
_GENERATED = re.compile(
    r"(layer|input|w|b|bias|weight|fill_buffer_)_?\d+(_\w+)?|\w*config\d+(_\w+)?|ap_\w+|nnet_\w+|\w+_t"
)


class Identifiers:
    """Hands out identifiers that differ even when case is ignored, as hls4ml's configuration does."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def fresh(self, name: str) -> str:
        """``name`` as a C++ identifier: other characters become ``_``, and a number follows where the name is taken."""
        plain = re.sub(r"__+", "_", re.sub(r"\W", "_", name, flags=re.ASCII)).strip("_") or "tensor"
        if not plain[0].isalpha():
            plain = f"t{plain}"
        macro = _CAPITALS.fullmatch(plain) or _SMALL_MACROS.fullmatch(plain)
        if macro or plain.casefold() in _RESERVED or _GENERATED.fullmatch(plain.casefold()):
            plain = f"x_{plain}" if macro else f"{plain}_x"
        candidate, count = plain, 1
        while candidate.casefold() in self._taken:
            count += 1
            candidate = f"{plain}_n{count}"
        self._taken.add(candidate.casefold())
        return candidate
