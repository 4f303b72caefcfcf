"""Which code a finished piece is named by."""

from experiments.runs import fingerprint


def test_imports_are_found_wherever_a_statement_can_stand(tmp_path):
    places = {
        "sim.a": "import sim.a",
        "sim.b": "if 1:\n    from sim import b",
        "sim.c": "try:\n    pass\nexcept OSError:\n    import sim.c",
        "sim.d": "def f():\n    for _ in ():\n        pass\n    else:\n        import sim.d",
        "sim.e": "class C:\n    async def f():\n        async with x:\n            import sim.e",
        "sim.f": "match 1:\n    case _:\n        import sim.f",
        "sim.g": "try:\n    pass\nfinally:\n    import sim.g",
        "sim.h": "try:\n    pass\nexcept* OSError:\n    import sim.h",
        "sim.i": "while 1:\n    import sim.i",
    }
    for name, text in places.items():
        path = tmp_path / f"{name[-1]}.py"
        path.write_text(text)
        assert fingerprint._imports(path)[0] == {name}
