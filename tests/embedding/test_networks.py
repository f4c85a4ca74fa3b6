"""`embed` with networks: against PyTorch, and against everything that a file in ONNX can be besides."""

from __future__ import annotations

import json
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import forensic_style as fs
from forensic_style.cli import main
from forensic_style.embedding import Preprocessing, embed, list_layers
from forensic_style.embedding.layers import _name_places
from forensic_style.errors import ParameterError, TableError
from forensic_style.measuring import CAN_ISOLATE
from tests.embedding.networks import SCENES, export
from tests.samples import PIPELINES, RENDERINGS, write_image

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

FULL = {"mean": 0.0, "scale": 1.0, "resize": None}


def build(*, n_outputs: int = 5) -> Any:
    """Untrained; the layers are 0 Conv, 1 Relu, 2 MaxPool, 3 Conv, 4 Relu, then pooled and mapped."""
    torch.manual_seed(1)
    convolutions = [torch.nn.Conv2d(3, 8, 3, padding=1), torch.nn.ReLU(), torch.nn.MaxPool2d(2)]
    convolutions += [torch.nn.Conv2d(8, 12, 3, padding=1, stride=2), torch.nn.ReLU()]
    head = [torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(12, n_outputs)]
    return torch.nn.Sequential(*convolutions, *head)


class Sum(torch.nn.Module):
    def forward(self, one: Any, other: Any = None) -> Any:
        return one.sum() if other is None else (one + other).sum()


class TwoHeads(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body, self.one, self.other = build()[:5], torch.nn.Conv2d(12, 3, 1), torch.nn.Conv2d(12, 4, 1)

    def forward(self, image: Any) -> Any:
        found = self.body(image)
        return self.one(found), self.other(found).mean((2, 3))


@pytest.fixture
def images(tmp_path: Path) -> list[Path]:
    rng = np.random.default_rng(5)
    paths = []
    for number in range(3):
        paths.append(tmp_path / f"{number}.png")
        Image.fromarray(rng.integers(0, 256, (90, 110, 3), dtype=np.uint8)).save(paths[-1])
    return paths


def show(path: Path, side: int) -> Any:
    """The centre of an image as PyTorch takes it."""
    pixels = np.asarray(Image.open(path).convert("RGB"))
    top, left = (round((length - side) / 2) for length in pixels.shape[:2])
    cut = pixels[top : top + side, left : left + side].transpose(2, 0, 1)
    return torch.from_numpy(cut.astype(np.float32) / np.float32(255))[None]


def check(table: fs.FingerprintTable, network: Any, paths: list[Path], side: int) -> None:
    """Means, deviations and Gram matrices are those that PyTorch has at the same layer."""
    for row, path in zip(table.values, paths, strict=True):
        with torch.no_grad():
            found = network(show(path, side))[0].reshape(table.families[0].dimension, -1).double()
        gram = (found @ found.T / found.shape[1])[tuple(torch.triu_indices(len(found), len(found)))]
        wanted = torch.cat([found.mean(dim=1), found.std(dim=1, correction=0), gram]).numpy()
        np.testing.assert_allclose(row, wanted, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("dynamic", [False, True])
def test_features_of_a_random_network_are_those_of_pytorch(images: list[Path], tmp_path: Path, dynamic: bool) -> None:
    network = build()
    path = export(network, tmp_path / "toy.onnx", dynamic=dynamic)
    for layer in ("relu2_1", "4", list_layers(path)[4].name):
        table = embed(images, path, layer=layer, pool="all", preprocessing=Preprocessing(size=64, **FULL))
        check(table, network[:5], images, 64)
    assert [family.dimension for family in table.families] == [12, 12, 78]
    output = embed(images, path, pool="all", preprocessing=Preprocessing(size=64, **FULL))
    with torch.no_grad():
        wanted = np.concatenate([network(show(image, 64)).numpy() for image in images])
    np.testing.assert_allclose(output.values, wanted, rtol=1e-4, atol=1e-6)  # it has no places: its mean alone


def test_features_of_the_trained_network_are_those_of_its_weights_in_pytorch(images: list[Path]) -> None:
    weights = {
        tensor.name: torch.from_numpy(onnx.numpy_helper.to_array(tensor).copy())
        for tensor in onnx.load(SCENES).graph.initializer
    }

    def run(values: Any) -> Any:
        for name in ("conv1_1", "conv1_2", "conv2_1", "conv3_1"):
            values = torch.nn.functional.max_pool2d(values, 2) if name in ("conv2_1", "conv3_1") else values
            values = torch.relu(torch.conv2d(values, weights[f"{name}.weight"], weights[f"{name}.bias"], padding=1))
        return values

    table = embed(images, SCENES, layer="relu3_1", pool="all", preprocessing=Preprocessing(size=80, **FULL))
    check(table, run, images, 80)


def test_the_usual_preprocessing_is_torchvisions(tmp_path: Path) -> None:
    image, network = PIPELINES.parent / "images" / "0004.png", build()
    table = embed(image, export(network, tmp_path / "toy.onnx", side=224))
    small = np.asarray(Image.open(image).convert("RGB").resize((256, 256), Image.Resampling.BILINEAR))[16:240, 16:240]
    values = (small / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    with torch.no_grad():
        wanted = network(torch.from_numpy(values.transpose(2, 0, 1).astype(np.float32))[None]).numpy()
    np.testing.assert_allclose(table.values, wanted, rtol=1e-4, atol=1e-6)


def test_windows_are_replicates_and_batches_change_nothing(tmp_path: Path) -> None:
    image = PIPELINES.parent / "images" / "0004.png"
    one = export(build(), tmp_path / "one.onnx", side=128)
    every = export(build(), tmp_path / "every.onnx", side=128, dynamic=True)
    tables = [
        embed(image, path, pool="all", layer="4", preprocessing=Preprocessing(crops="windows")) for path in (one, every)
    ]
    assert [table.families[0].sees for table in tables] == ["window", "window"]
    np.testing.assert_array_equal(tables[0].windows, fs.extract(image, families=["tone"]).windows)
    np.testing.assert_allclose(tables[0].values, tables[1].values, rtol=1e-4, atol=1e-6)
    pixels = np.asarray(Image.open(image).convert("RGB"))[128:, 128:]
    values = (pixels / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    with torch.no_grad():
        wanted = build()[:5](torch.from_numpy(values.transpose(2, 0, 1).astype(np.float32))[None]).mean((0, 2, 3))
    np.testing.assert_allclose(tables[0].values[3, :12], wanted.numpy(), rtol=1e-4, atol=1e-6)


def test_the_result_depends_neither_on_threads_nor_on_the_order_of_inputs(images: list[Path], tmp_path: Path) -> None:
    path = export(build(), tmp_path / "toy.onnx")
    one, other = embed(images, path, jobs=1), embed(images[::-1], path, jobs=3, isolated=False)
    assert one.images == other.images
    np.testing.assert_array_equal(one.values, other.values)


def test_several_layers_and_what_is_said_of_them(images: list[Path], tmp_path: Path) -> None:
    path = export(build(), tmp_path / "toy.onnx")
    table = embed(images, path, layer=["relu1_1", "7"], pool="mean+deviation", name="small.net")
    assert [family.name for family in table.families] == [
        "small_net_relu1_1_mean",
        "small_net_relu1_1_deviation",
        "small_net_7_mean",
    ]
    assert {family.sees for family in table.families} == {"image"}
    assert table.columns[0] == "small_net_relu1_1_mean.mean.0"
    about = table.about
    assert about["model_bytes"] == path.stat().st_size
    assert 4 * 8 * 28 < about["weights_bytes"] < 4 * (8 * 28 + 12 * 73 + 12 * 5 + 5) + 500
    assert about["preprocessing"]["size"] == [64, 64]
    assert about["preprocessing"]["resize"] == 73
    assert about["cpu_seconds_per_image"] > 0
    assert about["runtime"].startswith("onnxruntime ")
    assert json.loads(json.dumps(about)) == about
    versions = {
        embed(images[0], path, preprocessing=how).families[0].version for how in (None, Preprocessing(resize=80))
    }
    assert len(versions) == 2  # what was made otherwise does not mix


def save_network(path: Path, nodes: list[Any], shape: list[int | str], constants: dict[str, Any] | None = None) -> Path:
    """A network of nodes of ONNX, from "image" to "out"."""
    values = [
        onnx.helper.make_tensor_value_info("image", 1, shape),
        onnx.helper.make_tensor_value_info("out", 1, None),
    ]
    weights = [onnx.numpy_helper.from_array(value, name) for name, value in (constants or {}).items()]
    graph = onnx.helper.make_graph(nodes, "net", values[:1], values[1:], weights)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)
    return path


def test_channels_last_are_channels_wherever_that_can_be_told(images: list[Path], tmp_path: Path) -> None:
    make = onnx.helper.make_node
    weights = np.random.default_rng(0).normal(size=(5, 3, 3, 3)).astype(np.float32)
    nodes = [
        make("Relu", ["image"], ["early"]),
        make("Transpose", ["early"], ["turned"], perm=[0, 3, 1, 2]),
        make("Conv", ["turned", "w"], ["conv"]),
        make("Transpose", ["conv"], ["back"], perm=[0, 2, 3, 1]),
        make("Tanh", ["back"], ["late"]),
        make("Reshape", ["late", "shape"], ["out"]),
    ]
    constants = {"w": weights, "shape": np.array([0, 31, -1, 5])}
    path = save_network(tmp_path / "last.onnx", nodes, [1, 64, 64, 3], constants)
    how = Preprocessing(**FULL)
    tables = {layer: embed(images, path, layer=layer, preprocessing=how) for layer in ("early", "turned", "late")}
    given = [show(image, 64).numpy().astype(float).mean(axis=(0, 2, 3)) for image in images]
    for layer in ("early", "turned"):
        np.testing.assert_allclose(tables[layer].values, given, rtol=1e-5)
    with torch.no_grad():
        late = [torch.conv2d(show(image, 64), torch.from_numpy(weights)).tanh().mean((0, 2, 3)) for image in images]
    np.testing.assert_allclose(tables["late"].values, np.stack(late), rtol=1e-4, atol=1e-5)
    with pytest.raises(ParameterError, match=r"takes channels last, and which axis of its layer 'out' \(1 x 31 x"):
        embed(images, path, preprocessing=how)


@pytest.mark.parametrize("isolated", [False, pytest.param(True, marks=pytest.mark.skipif(not CAN_ISOLATE, reason=""))])
def test_what_decoding_takes_is_counted(tmp_path: Path, isolated: bool) -> None:
    rng = np.random.default_rng(0)
    paths = [tmp_path / f"{number}.png" for number in range(4)]
    for path in paths:
        Image.fromarray(rng.integers(0, 256, (1500, 2000, 3), dtype=np.uint8)).save(path, compress_level=1)
    start = time.process_time()
    for path in paths:
        np.asarray(Image.open(path))
    decoding = (time.process_time() - start) / len(paths)
    network = export(build(), tmp_path / "toy.onnx")
    about = embed(paths, network, layer="relu1_1", preprocessing=Preprocessing(resize=None), isolated=isolated).about
    assert about["cpu_seconds_per_image"] > decoding / 3
    assert about["peak_memory_bytes"] is None or about["peak_memory_bytes"] > 1 << 24


def test_layers_without_places_never_vanish(images: list[Path], tmp_path: Path) -> None:
    path = export(build(), tmp_path / "toy.onnx")
    message = r"The layer '7' has no places: .* Leave it out, or add mean to the pooling \(mean\+gram\)"
    with pytest.raises(ParameterError, match=message):
        embed(images, path, layer=["relu1_1", "7"], pool="gram")
    with pytest.raises(ParameterError, match=r"The layer '5' has no places"):  # n x 12 x 1 x 1
        embed(images, path, layer="5", pool="deviation")
    assert [family.dimension for family in embed(images, path, layer="5", pool="all").families] == [12]


def test_only_what_a_layer_needs_is_run(images: list[Path], tmp_path: Path) -> None:
    path = export(build(), tmp_path / "toy.onnx")
    early, late = (embed(images[:1], path, layer=layer).about["weights_bytes"] for layer in ("relu1_1", "7"))
    assert early < late / 3


def test_a_model_with_two_outputs_wants_a_choice(images: list[Path], tmp_path: Path) -> None:
    path = export(TwoHeads(), tmp_path / "two.onnx", output_names=["map", "vector"])
    with pytest.raises(ParameterError, match=r"has 2 outputs \(map, vector\). Say which layer is wanted"):
        embed(images, path)
    table = embed(images, path, layer=["map", "vector"])
    assert [family.dimension for family in table.families] == [3, 4]


def test_a_missing_layer_is_named_with_those_near_it(images: list[Path], tmp_path: Path) -> None:
    path = export(build(), tmp_path / "toy.onnx")
    with pytest.raises(ParameterError, match=r"has no layer 'relu_2_1'. Near it are: relu2_1"):
        embed(images, path, layer="relu_2_1")


def test_layers_have_the_names_that_papers_use(tmp_path: Path) -> None:
    assert [layer.place for layer in list_layers(SCENES)][:9] == [
        "conv1_1", "relu1_1", "conv1_2", "relu1_2", "pool1", "conv2_1", "relu2_1", "pool2", "conv3_1",
    ]  # fmt: skip
    assert [layer.name for layer in list_layers(SCENES) if layer.is_output] == ["scene"]
    assert list_layers(SCENES)[4].shape == ("n", 16, None, None)
    assert "relu2_1" in _name_places(onnx.load(export(TwoHeads(), tmp_path / "two.onnx"))).values()


def test_files_that_are_no_networks_are_errors(images: list[Path], tmp_path: Path) -> None:
    whole = export(build(), tmp_path / "toy.onnx").read_bytes()
    (tmp_path / "empty.onnx").write_bytes(b"")
    (tmp_path / "text.onnx").write_text("no network" * 50)
    (tmp_path / "cut.onnx").write_bytes(whole[: len(whole) // 2])
    for name, message in (
        ("empty", "is empty: the file has 0 bytes"),
        ("text", "cannot be read"),
        ("cut", "cannot be"),
        ("nowhere", "cannot be read: No such file or directory"),
    ):
        with pytest.raises(TableError, match=message):
            embed(images, tmp_path / f"{name}.onnx")
    for seed in range(20):  # bytes changed anywhere: a sentence, or a network that runs
        rng = np.random.default_rng(seed)
        hurt = bytearray(whole)
        for place in rng.integers(len(whole), size=3):
            hurt[place] = rng.integers(256)
        (tmp_path / "hurt.onnx").write_bytes(hurt)
        with suppress(fs.ForensicStyleError):
            embed(images[:1], tmp_path / "hurt.onnx", isolated=False)


def test_weights_beside_the_file_count_and_are_missed(images: list[Path], tmp_path: Path) -> None:
    path = export(build(), tmp_path / "toy.onnx")
    model = onnx.load(path)
    onnx.save(model, tmp_path / "big.onnx", save_as_external_data=True, location="big.data", size_threshold=0)
    one, other = embed(images, path), embed(images, tmp_path / "big.onnx")
    np.testing.assert_array_equal(one.values, other.values)
    n_bytes = sum((tmp_path / name).stat().st_size for name in ("big.onnx", "big.data"))
    assert other.about["model_bytes"] == n_bytes
    (tmp_path / "big.data").unlink()
    with pytest.raises(TableError, match=r"cannot be read: .*with its weights beside it"):
        embed(images, tmp_path / "big.onnx")


@pytest.mark.parametrize(
    ("network", "given", "message"),
    [
        (torch.nn.Linear(7, 3), (torch.zeros(1, 7),), r"is no image: it takes floats of the shape 1 x 7"),
        (torch.nn.Conv2d(5, 2, 1), (torch.zeros(1, 5, 64, 64),), "is no image: it has 5 channels"),
        (torch.nn.Embedding(9, 2), (torch.zeros(1, 3, dtype=torch.int64),), "it takes other values than floats"),
        (Sum(), (torch.zeros(1, 4), torch.zeros(1, 4)), r"takes 2 inputs \(.*\), not one image"),
    ],
)
def test_networks_that_take_no_image_say_so(
    images: list[Path], tmp_path: Path, network: Any, given: tuple[Any, ...], message: str
) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(network, given, tmp_path / "other.onnx", dynamo=False)
    with pytest.raises(TableError, match=message):
        embed(images, tmp_path / "other.onnx")


def test_layers_without_features_of_an_image_say_so(images: list[Path], tmp_path: Path) -> None:
    path = export(Sum(), tmp_path / "sum.onnx")
    with pytest.raises(ParameterError, match="gives a number, and no features of an image"):
        embed(images, path)
    with pytest.raises(ParameterError, match="has no places: only its mean can be taken"):
        embed(images, export(build(), tmp_path / "toy.onnx"), pool="gram")


def test_a_window_that_a_network_cannot_take_skips_the_image(tmp_path: Path) -> None:
    path = export(torch.nn.Conv2d(3, 2, 96), tmp_path / "deep.onnx", side=128, dynamic=True)
    small, large = write_image(tmp_path / "small.png", side=64), write_image(tmp_path / "large.png", side=300)
    table = embed([small, large], path, preprocessing=Preprocessing(crops="windows"))
    assert table.paths == [str(large)]
    assert [(one.path, one.reason) for one in table.skipped] == [(str(small), "too_small")]
    assert "cannot take 32 x 32 pixels" in table.skipped[0].message


def test_values_that_are_not_finite_skip_the_image(tmp_path: Path) -> None:
    class Odd(torch.nn.Module):
        def forward(self, image: Any) -> Any:
            return torch.log(image - 0.6).mean((2, 3)) * 0 + image.mean((2, 3))

    path = export(Odd(), tmp_path / "odd.onnx")
    Image.new("RGB", (64, 64), "white").save(tmp_path / "white.png")
    Image.new("RGB", (64, 64), "black").save(tmp_path / "black.png")
    table = embed([tmp_path / "white.png", tmp_path / "black.png"], path, preprocessing=Preprocessing(size=64, **FULL))
    assert [Path(one.path).name for one in table.skipped] == ["black.png"]
    assert "not finite" in table.skipped[0].message


def call(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["forensic-style", *map(str, arguments)])
    with pytest.raises(SystemExit) as stop:
        main()
    return int(stop.value.code or 0)


def test_embed_accounts_for_every_input_and_cluster_takes_what_it_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "in"
    for name in [row.split(",")[0] for row in RENDERINGS.read_text().splitlines()[1:25]]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((RENDERINGS.parent / name).read_bytes())
    (folder / "broken.jpg").write_text("no image")
    write_image(folder / "narrow.png", side=80)
    rows = RENDERINGS.read_text().splitlines()[:25]
    (folder / "list.csv").write_text("\n".join([*rows, "broken.jpg,,", "narrow.png,,", "gone.png,,"]) + "\n")
    path = export(build(), tmp_path / "toy.onnx", side=128)
    out = tmp_path / "toy.parquet"
    asked = [folder / "list.csv", "--onnx", path, "--layer", "relu2_1", "--pool", "all", "--resize", "none"]
    assert call(monkeypatch, "embed", *asked, "--out", out) == 0
    said = capsys.readouterr().err
    assert "Measured 24, skipped 3 (1 not_an_image, 1 too_small, 1 unreadable: see" in said
    assert "toy_relu2_1_mean (12 columns)" in said
    skipped = (tmp_path / "toy.skipped.csv").read_text()
    assert 'narrow.png,too_small,"The crop takes 128 x 128 pixels, and there are 80 x 80.' in skipped
    table = fs.load_table(out)
    assert len(table.images) + len(table.skipped) == 27
    assert set(table.read_labels("technology")) == {"edges", "silhouette", "style_transfer"}
    assert table.images[0].thumbnail
    assert table.images[0].texture is not None
    assert call(monkeypatch, "embed", *asked, "--out", out) == 1
    assert "already exists" in capsys.readouterr().err
    assert call(monkeypatch, "cluster", out, "--content", "object", "--clusters", 3, "--out", tmp_path / "run") == 0
    assert call(monkeypatch, "evaluate", tmp_path / "run", "--truth", RENDERINGS, "--column", "technology") == 0
    capsys.readouterr()
    (folder / "only.csv").write_text("path\nbroken.jpg\n")
    only = ["--onnx", path, "--out", tmp_path / "none.parquet"]
    assert call(monkeypatch, "embed", folder / "only.csv", *only) == 1
    assert "None of the 1 files could be measured (not_an_image)" in capsys.readouterr().err
    assert not (tmp_path / "none.parquet").exists()
    assert (tmp_path / "none.skipped.csv").exists()


def test_list_layers_shows_them_and_does_nothing_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["forensic-style", "embed", "--onnx", str(SCENES), "--list-layers"])
    with pytest.raises(SystemExit) as stop:
        main()
    assert not stop.value.code
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["layer", "module", "place", "operation", "shape"]
    assert lines[2].split() == ["relu1_1", "relu1_1", "Relu", "n", "x", "16", "x", "?", "x", "?"]
    assert lines[-1].split() == ["scene", "Gemm", "n", "x", "12", "output"]
