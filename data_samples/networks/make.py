"""Make the sample network again: ``python data_samples/networks/make.py [--out FOLDER]``. It needs the extra "deep".

``scenes.onnx`` is a small chain of convolutions, trained to tell the twelve scenes of ``pipelines`` apart whatever
chain of acquisition and processing they went through: features of content, as those of large pretrained networks are.
One thread and a fixed seed: the same versions on the same kind of processor give the same bytes.
"""

import argparse
import csv
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

SEED = 20190506
SIDE = 96  # of the crops it is trained on
STEPS, BATCH = 400, 32
MEAN, SCALE = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # those that `embed` takes unless others are given
CHANNELS = (16, 16, 32, 32)  # of the convolutions; a pooling follows the second and the third
Samples = tuple[NDArray[np.float32], NDArray[np.int64], list[str]]


def read_samples(folder: Path) -> Samples:
    """Read the pictures, normalized, shape (n, 3, rows, columns), the number of the scene of each, and the scenes."""
    with (folder / "index.csv").open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    scenes = sorted({row["scene"] for row in rows})
    pictures = np.stack([np.asarray(Image.open(folder / row["path"]).convert("RGB")) for row in rows])
    values = (pictures.astype(np.float32) / 255 - np.float32(MEAN)) / np.float32(SCALE)
    return values.transpose(0, 3, 1, 2), np.array([scenes.index(row["scene"]) for row in rows]), scenes


def build(n_scenes: int) -> torch.nn.Sequential:
    """The untrained network."""
    layers: list[torch.nn.Module] = []
    for place, (inputs, outputs) in enumerate(zip((3, *CHANNELS), CHANNELS, strict=False)):
        layers += [torch.nn.Conv2d(inputs, outputs, 3, padding=1), torch.nn.ReLU()]
        layers += [torch.nn.MaxPool2d(2)] if place in (1, 2) else []
    head = [torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(CHANNELS[-1], n_scenes)]
    return torch.nn.Sequential(*layers, *head)


def train(network: torch.nn.Sequential, pictures: NDArray[np.float32], scenes: NDArray[np.int64]) -> None:
    """Let it tell the scenes apart by random crops, half of them mirrored."""
    random = np.random.default_rng(SEED)
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    for step in range(STEPS):
        chosen = random.integers(len(pictures), size=BATCH)
        top, left = random.integers(pictures.shape[2] - SIDE, size=(2, BATCH))
        crops = np.stack(
            [pictures[n, :, y : y + SIDE, x : x + SIDE] for n, y, x in zip(chosen, top, left, strict=True)]
        )
        crops = crops[..., ::-1].copy() if step % 2 else crops
        loss = torch.nn.functional.cross_entropy(network(torch.from_numpy(crops)), torch.from_numpy(scenes[chosen]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def encode(network: torch.nn.Sequential, n_scenes: int) -> bytes:
    """Write the network as ONNX, node by node; number, rows and columns of the pictures are open."""
    nodes, weights, before = [], [], "image"
    block, number = 1, 0
    for layer in network:
        if isinstance(layer, torch.nn.Conv2d | torch.nn.Linear):
            number += isinstance(layer, torch.nn.Conv2d)
            name = f"conv{block}_{number}" if isinstance(layer, torch.nn.Conv2d) else "scene"
            values = {f"{name}.weight": layer.weight, f"{name}.bias": layer.bias}
            weights += [numpy_helper.from_array(value.detach().numpy(), key) for key, value in values.items()]
            kind, inputs = ("Conv", {"pads": [1] * 4}) if name != "scene" else ("Gemm", {"transB": 1})
            nodes.append(helper.make_node(kind, [before, *values], [name], name, **inputs))
        elif isinstance(layer, torch.nn.MaxPool2d):
            name, block, number = f"pool{block}", block + 1, 0
            nodes.append(helper.make_node("MaxPool", [before], [name], name, kernel_shape=[2, 2], strides=[2, 2]))
        else:
            kinds = {"ReLU": "Relu", "AdaptiveAvgPool2d": "GlobalAveragePool", "Flatten": "Flatten"}
            kind = kinds[type(layer).__name__]
            name = f"relu{block}_{number}" if kind == "Relu" else {"Flatten": "code"}.get(kind, "average")
            nodes.append(helper.make_node(kind, [before], [name], name))
        before = name
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, "rows", "columns"])
    scene = helper.make_tensor_value_info("scene", TensorProto.FLOAT, ["n", n_scenes])
    graph = helper.make_graph(nodes, "scenes", [image], [scene], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)


def main() -> None:
    """Train it, say how well it knows the scenes, and write it."""
    parser = argparse.ArgumentParser(description="Make the sample network of forensic_style again.")
    here = Path(__file__).parent
    parser.add_argument("--out", type=Path, default=here, help="default: this folder")
    folder = parser.parse_args().out
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    pictures, scenes, names = read_samples(here.parent / "pipelines")
    network = build(len(names))
    train(network, pictures, scenes)
    with torch.no_grad():
        right = np.mean(network(torch.from_numpy(pictures)).argmax(dim=1).numpy() == scenes)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scenes.onnx").write_bytes(encode(network, len(names)))
    print(f"{right:.0%} of the scenes are told right")


if __name__ == "__main__":
    main()
