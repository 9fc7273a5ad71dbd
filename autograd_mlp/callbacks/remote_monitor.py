"""The logs of each epoch sent to a web server."""


from .._errors import warn
from .callback import Callback


class RemoteMonitor(Callback):
    """Send the logs of each epoch to a server, by HTTP POST.

    Parameters
    ----------
    root : str, default "http://localhost:9000"
    path : str, default "/publish/epoch/end/"
        The address is `root` followed by this.
    field : str, default "data"
        Name of the form's field that holds the logs as JSON.
    headers : dict, optional
        HTTP headers to send.
    send_as_json : bool, default False
        Send the JSON itself (``application/json``) instead of a form.

    Notes
    -----
    A server that cannot be reached only warns. (No ``requests`` package is needed.)
    """

    TIMEOUT_SECONDS = 10

    def __init__(self, root="http://localhost:9000", path="/publish/epoch/end/", field="data",
                 headers=None, send_as_json=False, **kwargs):
        super().__init__(**kwargs)
        self.root = root
        self.path = path
        self.field = field
        self.headers = headers
        self.send_as_json = send_as_json

    def on_epoch_end(self, epoch, logs=None):
        import json
        import urllib.parse
        import urllib.request

        send = {"epoch": epoch}
        for name, value in (logs or {}).items():
            send[name] = value.item() if hasattr(value, "item") else value
        if self.send_as_json:
            body, kind = json.dumps(send), "application/json"
        else:
            body = urllib.parse.urlencode({self.field: json.dumps(send)})
            kind = "application/x-www-form-urlencoded"
        request = urllib.request.Request(self.root + self.path, body.encode(),
                                         {"Content-Type": kind, **(self.headers or {})})
        try:
            urllib.request.urlopen(request, timeout=self.TIMEOUT_SECONDS).close()
        except OSError as error:
            warn(f"Could not reach RemoteMonitor root server at {self.root}: {error}")
