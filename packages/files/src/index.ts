export { type Hold, holdFile } from './hold.js'
export { checkPlaces, type Place } from './place.js'
export { reasonOf } from './reason.js'
export { writeWholeFile } from './write.js'
