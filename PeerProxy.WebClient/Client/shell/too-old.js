// For browsers without modules, which run nothing else of ours: only what they understand.
document.getElementById("old").removeAttribute("hidden");
