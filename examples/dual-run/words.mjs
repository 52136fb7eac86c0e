/** Invented people and courses: first and last names are combined by number. */
export const firstNames = [
  [
    'Ada',
    'Björn',
    'Chiara',
    'Dmitri',
    'Eszter',
    'Farid',
    'Greta',
    'Hugo',
    'Ines',
    'Jonas',
    'Katya',
    'Levent',
  ],
  ['Marta', 'Nils', 'Océane', 'Pavel', 'Quentin', 'Rosa', 'Sinéad', 'Tomáš', 'Ulla', 'Vera', 'Wim', 'Zoë'],
].flat()

export const lastNames = [
  [
    'Ahlgren',
    'Brändle',
    'Castelli',
    'Dvořák',
    "D'Amico",
    'Ferreira',
    'Görlitz',
    'Hartmann',
    'Iliev',
    'Jansen',
  ],
  ['Keller', 'Lindqvist', 'Moreau', 'Nowak', "O'Brien", 'Petrov', 'Quist', 'Rossi', 'Schäfer', 'Tanaka'],
  ['Unger', 'Varga', 'Weiß', 'Yıldız', 'Zimmer'],
].flat()

/** Titles by subject. */
export const titles = {
  languages: ['Italian for travellers', 'Café français', 'German conversation', 'Spanish grammar'],
  cooking: ['Bread & butter', 'Vegetables of the season', 'Knives: care and use'],
  crafts: ['Bookbinding', 'Pottery wheel', 'Sewing "from scratch"', 'Wood joints'],
  computing: ['Spreadsheets', 'First steps in Python', 'Backups at home'],
  music: ['Choir', 'Guitar for beginners', 'Reading music'],
  health: ['Yoga in the morning', 'First aid', 'Nordic walking'],
}

/** The last one is the term people enrol for. */
export const terms = ['2023-1', '2023-2', '2024-1', '2024-2', '2025-1', '2025-2', '2026-1']
