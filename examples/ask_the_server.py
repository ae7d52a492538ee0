"""The server's answer without a socket: the same application that `make serve` starts."""

from platewise.web import create_app

client = create_app().test_client()
with open("car.jpg", "rb") as picture:
    print(client.post("/upload-camera-image", data={"image": picture}).get_json())
