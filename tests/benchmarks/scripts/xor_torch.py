"""XOR from start to end with PyTorch."""

import torch

x = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
y = torch.tensor([[0.0], [1.0], [1.0], [0.0]])
model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Sigmoid(),
                            torch.nn.Linear(2, 1), torch.nn.Sigmoid())
optimizer = torch.optim.SGD(model.parameters(), 0.3, fused=True)

for _ in range(2000):
    for batch in torch.randperm(4).split(1):
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(model(x[batch]), y[batch]).backward()
        optimizer.step()

with torch.inference_mode():
    print(*model(x).ravel().tolist())
