document.querySelector("[data-cookies]").textContent = document.cookie || "nothing";
