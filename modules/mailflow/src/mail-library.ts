/** Loaded with the first mail, or ahead of it: the library is a third of all that a start would have to load. */
export const loadMailLibrary = () => import("mailauth");
