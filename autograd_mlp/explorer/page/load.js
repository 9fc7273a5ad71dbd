"use strict";
// The page's script and document are in this file as deflated base64.  This unpacks the script,
// lets the browser compare it with the hash that the policy above names, and run it.  It can be
// read at the foot of the page, and with its files apart in autograd_mlp/explorer/page/.
async function inflate(id) {
  const text = document.getElementById(id).textContent;
  const deflated = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).arrayBuffer();
}
inflate("script").then((bytes) => {
  const script = document.createElement("script");
  script.textContent = new TextDecoder().decode(bytes);
  document.body.append(script);
}, () => document.getElementById("old").removeAttribute("hidden"));
