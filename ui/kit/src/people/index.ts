export { PeoplePage, type PeoplePageProps } from "./people-page.tsx";
