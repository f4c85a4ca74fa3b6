/* Last: show the found clusters, and what works only with a script. */

document.documentElement.classList.add("scripted");
if (isWhole) setCut(state.data.sizes.length);
