# Reads each model NAME.onnx of a folder with OpenCV, and compares its scores with those of NAME.json.
import glob
import json
import sys

import cv2
import numpy as np

wrong = 0
for file in sorted(glob.glob(f"{sys.argv[1]}/*.onnx")):
    case = json.load(open(file.replace(".onnx", ".json")))
    images, scores = (np.array(case[key], np.float32) for key in ("images", "scores"))
    try:
        net = cv2.dnn.readNetFromONNX(file)
        net.setInput(images.reshape(case["shape"]))
        got = net.forward().ravel()
        worst = np.abs(got - scores).max() / np.abs(scores).max() if got.shape == scores.shape else np.inf
        said = f"{worst:.1e}"
    except cv2.error as error:
        worst, said = np.inf, " ".join(str(error).split())
    if not worst < 1e-5:
        wrong += 1
        print(f"{file.split('/')[-1]}: {said}")
print(f"OpenCV {cv2.__version__}: {wrong} models wrong")
sys.exit(wrong > 0)
